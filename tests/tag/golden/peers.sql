-- tag: family 1 orders: tag_family_1_orders ← orders
CREATE OR REPLACE TEMP TABLE "tag_family_1_orders" AS
SELECT subject,
  CAST(sum("amount") AS DECIMAL(18,4)) AS "m:1"
FROM "orders"
WHERE subject IS NOT NULL
GROUP BY subject

-- tag: family 2 attributes: tag_family_2_attributes ← attributes
CREATE OR REPLACE TEMP TABLE "tag_family_2_attributes" AS
SELECT subject,
  min(CASE WHEN "city" IS NOT NULL THEN struct_pack(t := -epoch_us(occurred_at), v := "city") END).v AS "m:2"
FROM "attributes"
WHERE subject IS NOT NULL
GROUP BY subject

-- tag: layer 0: tag_layer_0 ← subjects, tag_family_1_orders, tag_family_2_attributes
CREATE OR REPLACE TEMP TABLE "tag_layer_0" AS
SELECT subject,
  CAST("m:1" AS DECIMAL(18,4)) AS "spend",
  CAST("m:2" AS VARCHAR) AS "city"
FROM (SELECT subject,
  "m:1" AS "m:1",
  CAST("m:2" AS TEXT) AS "m:2"
FROM subjects
LEFT JOIN "tag_family_1_orders" USING (subject)
LEFT JOIN "tag_family_2_attributes" USING (subject))

-- tag: thresholds 1: tag_thresholds_1 ← tag_layer_0
CREATE OR REPLACE TEMP TABLE "tag_thresholds_1" AS
SELECT quantile_cont(CAST("spend" AS DOUBLE), 0.5) AS "t:10c090e8bba8",
  (SELECT map_from_entries(list(struct_pack(k := k, v := v) ORDER BY k)) FROM (SELECT CAST("city" AS VARCHAR) AS k, quantile_cont(CAST("spend" AS DOUBLE), 0.5) AS v FROM "tag_layer_0" WHERE "city" IS NOT NULL GROUP BY k HAVING count("spend") >= 30)) AS "t:860dc3307631"
FROM "tag_layer_0"

-- tag: layer 1: tag_layer_1 ← tag_layer_0, tag_thresholds_1
CREATE OR REPLACE TEMP VIEW "tag_layer_1" AS
SELECT *,
  CAST(CASE WHEN ("spend") IS NULL OR ("city") IS NULL THEN NULL ELSE CAST(("spend") AS DOUBLE) / NULLIF(COALESCE(MAP_EXTRACT_VALUE("t:860dc3307631", CAST("city" AS TEXT)), "t:10c090e8bba8"), 0) END AS DOUBLE) AS "ratio"
FROM "tag_layer_0", "tag_thresholds_1"

-- tag: all tags: tags ← tag_layer_1
CREATE OR REPLACE TABLE "tags" AS
SELECT subject,
  "spend",
  "city",
  "ratio"
FROM (SELECT * FROM "tag_layer_1")

-- tag: thresholds: tag_thresholds
CREATE OR REPLACE TABLE "tag_thresholds" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(name AS VARCHAR) AS name, CAST(value AS DOUBLE) AS value, CAST(text AS VARCHAR) AS text
FROM (SELECT 'ratio', 'median', "t:10c090e8bba8", NULL FROM "tag_thresholds_1"
UNION ALL SELECT 'ratio', 'median' || ' ' || entry.key, entry.value, entry.key FROM (SELECT unnest(map_entries("t:860dc3307631")) AS entry FROM "tag_thresholds_1")) AS rows(tag, name, value, text)
ORDER BY tag, name

-- tag: cuts: tag_cuts
CREATE OR REPLACE TABLE "tag_cuts" AS
SELECT "tag_thresholds_1"."t:10c090e8bba8", "tag_thresholds_1"."t:860dc3307631" FROM "tag_thresholds_1"

-- tag: definitions: tag_definitions
CREATE OR REPLACE TABLE "tag_definitions" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(hash AS VARCHAR) AS hash, CAST(type AS VARCHAR) AS type FROM (VALUES ('spend', '249d289d6dca23f76e9f0b69', 'money'), ('city', 'd4275bff606033b6b4b81e53', 'text'), ('ratio', '9a70ddc7d8933a96c71d9ad7', 'number')) AS rows(tag, hash, type)

-- tag: weights: tag_weights
CREATE OR REPLACE TABLE "tag_weights" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(subject AS BIGINT) AS subject, CAST(NULL AS VARCHAR) AS item, CAST(NULL AS DOUBLE) AS weight
FROM (SELECT NULL, NULL, NULL WHERE false) AS rows(tag, subject, each)
ORDER BY subject, tag, weight DESC, item

-- drop tag_layer_1: tag_layer_1
DROP VIEW IF EXISTS "tag_layer_1"

-- drop tag_thresholds_1: tag_thresholds_1
DROP TABLE IF EXISTS "tag_thresholds_1"

-- drop tag_layer_0: tag_layer_0
DROP TABLE IF EXISTS "tag_layer_0"

-- drop tag_family_2_attributes: tag_family_2_attributes
DROP TABLE IF EXISTS "tag_family_2_attributes"

-- drop tag_family_1_orders: tag_family_1_orders
DROP TABLE IF EXISTS "tag_family_1_orders"

-- tag: changes: tag_changes_new
CREATE OR REPLACE TEMP TABLE tag_changes_new AS
SELECT CAST(subject AS BIGINT) AS subject, CAST(tag AS VARCHAR) AS tag, CAST(old AS VARCHAR) AS old, CAST(new AS VARCHAR) AS new, TIMESTAMP '2026-11-01 04:00:00.000000' AS at, CAST(1 AS BIGINT) AS build
FROM (SELECT NULL AS subject, NULL AS tag, NULL AS old, NULL AS new WHERE false)
ORDER BY subject, tag
