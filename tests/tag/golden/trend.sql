-- tag: family 1 orders: tag_family_1_orders ← orders
CREATE OR REPLACE TEMP TABLE "tag_family_1_orders" AS
SELECT subject,
  CAST(count(*) AS INTEGER) AS "m:1",
  CAST(sum(CASE WHEN occurred_at < TIMESTAMP '2026-09-02 04:00:00.000000' THEN "amount" END) AS DECIMAL(18,4)) AS "m:2",
  CAST(sum(CASE WHEN occurred_at >= TIMESTAMP '2026-09-02 04:00:00.000000' AND occurred_at < TIMESTAMP '2026-10-02 04:00:00.000000' THEN "amount" END) AS DECIMAL(18,4)) AS "m:3",
  CAST(sum(CASE WHEN occurred_at >= TIMESTAMP '2026-10-02 04:00:00.000000' THEN "amount" END) AS DECIMAL(18,4)) AS "m:4"
FROM "orders"
WHERE subject IS NOT NULL AND occurred_at >= TIMESTAMP '2026-08-03 04:00:00.000000'
GROUP BY subject

-- tag: all tags: tags ← subjects, tag_family_1_orders
CREATE OR REPLACE TABLE "tags" AS
SELECT subject,
  "direction"
FROM (SELECT subject,
  CAST(CASE WHEN "m:1" > 0 THEN CASE WHEN ((-2 * CAST(COALESCE("m:2", 0) AS DOUBLE) + 0 * CAST(COALESCE("m:3", 0) AS DOUBLE) + 2 * CAST(COALESCE("m:4", 0) AS DOUBLE)) * 6 / 24) > (0.100000001) * ABS(((CAST(COALESCE("m:2", 0) AS DOUBLE) + CAST(COALESCE("m:3", 0) AS DOUBLE) + CAST(COALESCE("m:4", 0) AS DOUBLE)) / 3)) THEN '上升' WHEN ((-2 * CAST(COALESCE("m:2", 0) AS DOUBLE) + 0 * CAST(COALESCE("m:3", 0) AS DOUBLE) + 2 * CAST(COALESCE("m:4", 0) AS DOUBLE)) * 6 / 24) < -(0.100000001) * ABS(((CAST(COALESCE("m:2", 0) AS DOUBLE) + CAST(COALESCE("m:3", 0) AS DOUBLE) + CAST(COALESCE("m:4", 0) AS DOUBLE)) / 3)) THEN '下降' WHEN NOT ((-2 * CAST(COALESCE("m:2", 0) AS DOUBLE) + 0 * CAST(COALESCE("m:3", 0) AS DOUBLE) + 2 * CAST(COALESCE("m:4", 0) AS DOUBLE)) * 6 / 24) IS NULL THEN '平稳' END END AS VARCHAR) AS "direction"
FROM (SELECT subject,
  COALESCE("m:1", 0) AS "m:1",
  "m:2" AS "m:2",
  "m:3" AS "m:3",
  "m:4" AS "m:4"
FROM subjects
LEFT JOIN "tag_family_1_orders" USING (subject)))

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
SELECT CAST(tag AS VARCHAR) AS tag, CAST(hash AS VARCHAR) AS hash, CAST(type AS VARCHAR) AS type FROM (VALUES ('direction', '388ac22d7728445dfc158e23', 'text')) AS rows(tag, hash, type)

-- tag: weights: tag_weights
CREATE OR REPLACE TABLE "tag_weights" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(subject AS BIGINT) AS subject, CAST(NULL AS VARCHAR) AS item, CAST(NULL AS DOUBLE) AS weight
FROM (SELECT NULL, NULL, NULL WHERE false) AS rows(tag, subject, each)
ORDER BY subject, tag, weight DESC, item

-- drop tag_family_1_orders: tag_family_1_orders
DROP TABLE IF EXISTS "tag_family_1_orders"

-- tag: changes: tag_changes_new
CREATE OR REPLACE TEMP TABLE tag_changes_new AS
SELECT CAST(subject AS BIGINT) AS subject, CAST(tag AS VARCHAR) AS tag, CAST(old AS VARCHAR) AS old, CAST(new AS VARCHAR) AS new, TIMESTAMP '2026-11-01 04:00:00.000000' AS at, CAST(1 AS BIGINT) AS build
FROM (SELECT NULL AS subject, NULL AS tag, NULL AS old, NULL AS new WHERE false)
ORDER BY subject, tag
