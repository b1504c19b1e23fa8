-- tag: weights liked: tag_weights_liked ← orders
CREATE OR REPLACE TEMP TABLE "tag_weights_liked" AS
SELECT subject, CAST(item AS VARCHAR) AS item, weight FROM (SELECT subject, "category" AS item, CAST(sum(CAST(("amount") * pow(2e0, (epoch_us(TIMESTAMP '2026-11-01 04:00:00.000000') - epoch_us(occurred_at)) / -5184000000000.0) AS DECIMAL(38, 9))) AS DOUBLE) AS weight
FROM "orders"
WHERE subject IS NOT NULL AND "category" IS NOT NULL
GROUP BY subject, "category")
WHERE weight > 0

-- tag: distinctive liked: tag_distinctive_liked ← tag_weights_liked, subjects
CREATE OR REPLACE TEMP TABLE "tag_distinctive_liked" AS
SELECT * FROM (SELECT subject, item, weight * (weight / CAST(sum(CAST(weight AS DECIMAL(38, 9))) OVER (PARTITION BY subject) AS DOUBLE)) * ln((1e0 + (SELECT count(*) FROM subjects)) / (1e0 + count(*) OVER (PARTITION BY item))) AS weight FROM "tag_weights_liked") WHERE weight > 0 AND weight >= 0.0

-- tag: liked liked: tag_liked_liked ← tag_distinctive_liked
CREATE OR REPLACE TEMP TABLE "tag_liked_liked" AS
SELECT subject, best, list_transform(best, lambda each: each.i) AS "items:liked"
FROM (SELECT subject, min(struct_pack(w := -weight, i := item), 2) AS best FROM "tag_distinctive_liked" GROUP BY subject)

-- tag: all tags: tags ← subjects, tag_liked_liked
CREATE OR REPLACE TABLE "tags" AS
SELECT subject,
  "liked"
FROM (SELECT subject,
  CAST("items:liked" AS VARCHAR[]) AS "liked"
FROM (SELECT subject
FROM subjects)
LEFT JOIN "tag_liked_liked" USING (subject))

-- tag: thresholds: tag_thresholds
CREATE OR REPLACE TABLE "tag_thresholds" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(name AS VARCHAR) AS name, CAST(value AS DOUBLE) AS value, CAST(text AS VARCHAR) AS text
FROM (SELECT NULL, NULL, NULL, NULL WHERE false) AS rows(tag, name, value, text)
ORDER BY tag, name

-- tag: cuts: tag_cuts
CREATE OR REPLACE TABLE "tag_cuts" AS
SELECT 1 AS none

-- tag: definitions: tag_definitions
CREATE OR REPLACE TABLE "tag_definitions" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(hash AS VARCHAR) AS hash, CAST(type AS VARCHAR) AS type FROM (VALUES ('liked', '65261b06ff3b0d4fc7eb1a1d', 'texts')) AS rows(tag, hash, type)

-- tag: weights: tag_weights
CREATE OR REPLACE TABLE "tag_weights" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(subject AS BIGINT) AS subject, each.i AS item, -each.w AS weight
FROM (SELECT 'liked' AS tag, subject, unnest(best) AS each FROM "tag_liked_liked") AS rows(tag, subject, each)
ORDER BY subject, tag, weight DESC, item

-- drop tag_liked_liked: tag_liked_liked
DROP TABLE IF EXISTS "tag_liked_liked"

-- drop tag_distinctive_liked: tag_distinctive_liked
DROP TABLE IF EXISTS "tag_distinctive_liked"

-- drop tag_weights_liked: tag_weights_liked
DROP TABLE IF EXISTS "tag_weights_liked"

-- tag: changes: tag_changes_new
CREATE OR REPLACE TEMP TABLE tag_changes_new AS
SELECT CAST(subject AS BIGINT) AS subject, CAST(tag AS VARCHAR) AS tag, CAST(old AS VARCHAR) AS old, CAST(new AS VARCHAR) AS new, TIMESTAMP '2026-11-01 04:00:00.000000' AS at, CAST(1 AS BIGINT) AS build
FROM (SELECT NULL AS subject, NULL AS tag, NULL AS old, NULL AS new WHERE false)
ORDER BY subject, tag
