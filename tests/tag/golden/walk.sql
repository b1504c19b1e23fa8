-- tag: walk 1: tag_walk_1 ← events
CREATE OR REPLACE TEMP TABLE "tag_walk_1" AS
WITH _met AS (SELECT subject, epoch_us(occurred_at) AS moment, CASE WHEN "event" = 'view' THEN 1 ELSE 0 END | CASE WHEN "event" = 'buy' THEN 2 ELSE 0 END AS mask FROM "events"
    WHERE subject IS NOT NULL AND occurred_at IS NOT NULL AND (("event" = 'view') OR ("event" = 'buy')) AND occurred_at >= TIMESTAMP '2026-10-02 04:00:00.000000'),
  _level_1 AS (SELECT subject, moment, mask, CASE WHEN (mask & 1) <> 0 THEN moment END AS s1 FROM _met),
  _level_2 AS (SELECT *, CASE WHEN (mask & 2) <> 0 AND moment - max(s1) OVER _line <= 604800000000 THEN max(s1) OVER _line END AS s2
    FROM _level_1 WINDOW _line AS (PARTITION BY subject ORDER BY moment, mask & -mask, mask ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
SELECT subject, CASE WHEN count(s2) > 0 THEN 2 WHEN count(s1) > 0 THEN 1 ELSE 0 END AS "tag_walk_1:reached", make_timestamp(min(CASE WHEN s2 IS NOT NULL THEN moment END)) AS "tag_walk_1:completed", count(s2) AS "tag_walk_1:times"
FROM _level_2
GROUP BY subject

-- tag: all tags: tags ← subjects, tag_walk_1
CREATE OR REPLACE TABLE "tags" AS
SELECT subject,
  "step"
FROM (SELECT subject,
  CAST(COALESCE("tag_walk_1:reached", 0) AS BIGINT) AS "step"
FROM (SELECT subject
FROM subjects)
LEFT JOIN "tag_walk_1" USING (subject))

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
SELECT CAST(tag AS VARCHAR) AS tag, CAST(hash AS VARCHAR) AS hash, CAST(type AS VARCHAR) AS type FROM (VALUES ('step', '7a6835b366b1483cc62671c2', 'integer')) AS rows(tag, hash, type)

-- tag: weights: tag_weights
CREATE OR REPLACE TABLE "tag_weights" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(subject AS BIGINT) AS subject, CAST(NULL AS VARCHAR) AS item, CAST(NULL AS DOUBLE) AS weight
FROM (SELECT NULL, NULL, NULL WHERE false) AS rows(tag, subject, each)
ORDER BY subject, tag, weight DESC, item

-- drop tag_walk_1: tag_walk_1
DROP TABLE IF EXISTS "tag_walk_1"

-- tag: changes: tag_changes_new
CREATE OR REPLACE TEMP TABLE tag_changes_new AS
SELECT CAST(subject AS BIGINT) AS subject, CAST(tag AS VARCHAR) AS tag, CAST(old AS VARCHAR) AS old, CAST(new AS VARCHAR) AS new, TIMESTAMP '2026-11-01 04:00:00.000000' AS at, CAST(1 AS BIGINT) AS build
FROM (SELECT NULL AS subject, NULL AS tag, NULL AS old, NULL AS new WHERE false)
ORDER BY subject, tag
