-- tag: family 1 orders order id: tag_family_1_orders_order_id ← orders
CREATE OR REPLACE TEMP TABLE "tag_family_1_orders_order_id" AS
SELECT subject,
  CAST(count("n:1") AS INTEGER) AS "m:1"
FROM (SELECT subject,
  "order_id" AS item,
  max(occurred_at) AS "n:1"
FROM "orders"
WHERE subject IS NOT NULL AND "order_id" IS NOT NULL
GROUP BY subject, "order_id")
GROUP BY subject

-- tag: family 2 orders: tag_family_2_orders ← orders
CREATE OR REPLACE TEMP TABLE "tag_family_2_orders" AS
SELECT subject,
  max("occurred_at") AS "m:2"
FROM "orders"
WHERE subject IS NOT NULL
GROUP BY subject

-- tag: gaps: repurchase_gaps ← orders
CREATE OR REPLACE TABLE "repurchase_gaps" AS
SELECT category, days, count(*) AS times FROM (WITH bought AS (SELECT DISTINCT subject, category, day FROM "orders" WHERE subject IS NOT NULL AND day IS NOT NULL AND (status IS NULL OR status NOT IN ('refunded', 'cancelled'))),
  gaps AS (SELECT CAST(NULL AS VARCHAR) AS category, nullif(day - lag(day) OVER (PARTITION BY subject ORDER BY day), 0) AS days FROM bought
    UNION ALL SELECT CAST(category AS VARCHAR), day - lag(day) OVER (PARTITION BY subject, category ORDER BY day) FROM bought WHERE category IS NOT NULL)
SELECT category, days FROM gaps WHERE days IS NOT NULL) GROUP BY ALL ORDER BY ALL

-- tag: layer 0: tag_layer_0 ← subjects, tag_family_1_orders_order_id, tag_family_2_orders
CREATE OR REPLACE TEMP TABLE "tag_layer_0" AS
SELECT subject,
  CAST("m:1" AS BIGINT) AS "n",
  CAST("m:2" AS TIMESTAMP) AS "last_at"
FROM (SELECT subject,
  COALESCE("m:1", 0) AS "m:1",
  "m:2" AS "m:2"
FROM subjects
LEFT JOIN "tag_family_1_orders_order_id" USING (subject)
LEFT JOIN "tag_family_2_orders" USING (subject))

-- tag: layer 1: tag_layer_1 ← tag_layer_0
CREATE OR REPLACE TEMP VIEW "tag_layer_1" AS
SELECT *,
  CAST(DATE_DIFF('day', CAST((("last_at") + INTERVAL '28800' SECOND) AS DATE), CAST('2026-11-01' AS DATE)) AS BIGINT) AS "days"
FROM "tag_layer_0"

-- tag: thresholds 2: tag_thresholds_2 ← tag_layer_1
CREATE OR REPLACE TEMP TABLE "tag_thresholds_2" AS
SELECT quantile_disc(CAST("days" AS DOUBLE), [0.2, 0.4, 0.6, 0.8]) AS "t:b63486cad369",
  (SELECT CAST(min(days) AS DOUBLE) FROM (SELECT category, days, CAST(sum(times) OVER (ORDER BY days) AS BIGINT) AS upto, CAST(sum(times) OVER () AS BIGINT) AS whole FROM "repurchase_gaps" WHERE category IS NULL) WHERE upto >= greatest(1, ceil(whole * 0.9))) AS "t:9e091b1f82b9"
FROM "tag_layer_1"

-- tag: layer 2: tag_layer_2 ← tag_layer_1, tag_thresholds_2
CREATE OR REPLACE TEMP VIEW "tag_layer_2" AS
SELECT *,
  CAST(CASE WHEN ("days") IS NULL THEN NULL WHEN ("days") <= LIST_EXTRACT("t:b63486cad369", 1) THEN 5 WHEN ("days") <= LIST_EXTRACT("t:b63486cad369", 2) THEN 4 WHEN ("days") <= LIST_EXTRACT("t:b63486cad369", 3) THEN 3 WHEN ("days") <= LIST_EXTRACT("t:b63486cad369", 4) THEN 2 ELSE 1 END AS BIGINT) AS "r",
  CAST("days" > "t:9e091b1f82b9" AS BOOLEAN) AS "lapsed"
FROM "tag_layer_1", "tag_thresholds_2"

-- tag: thresholds 3: tag_thresholds_3 ← tag_layer_2
CREATE OR REPLACE TEMP TABLE "tag_thresholds_3" AS
SELECT CAST(avg(CAST("r" AS DECIMAL(38, 9))) AS DOUBLE) AS "t:b1a23f27a204"
FROM "tag_layer_2"

-- tag: layer 3: tag_layer_3 ← tag_layer_2, tag_thresholds_3
CREATE OR REPLACE TEMP VIEW "tag_layer_3" AS
SELECT *,
  CAST("r" >= "t:b1a23f27a204" AS BOOLEAN) AS "good"
FROM "tag_layer_2", "tag_thresholds_3"

-- tag: all tags: tags ← tag_layer_3
CREATE OR REPLACE TABLE "tags" AS
SELECT subject,
  "n",
  "last_at",
  "days",
  "r",
  "good",
  "lapsed"
FROM (SELECT * FROM "tag_layer_3")

-- tag: thresholds: tag_thresholds
CREATE OR REPLACE TABLE "tag_thresholds" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(name AS VARCHAR) AS name, CAST(value AS DOUBLE) AS value, CAST(text AS VARCHAR) AS text
FROM (SELECT 'r', 'q0.2', list_extract("t:b63486cad369", 1), NULL FROM "tag_thresholds_2"
UNION ALL SELECT 'r', 'q0.4', list_extract("t:b63486cad369", 2), NULL FROM "tag_thresholds_2"
UNION ALL SELECT 'r', 'q0.6', list_extract("t:b63486cad369", 3), NULL FROM "tag_thresholds_2"
UNION ALL SELECT 'r', 'q0.8', list_extract("t:b63486cad369", 4), NULL FROM "tag_thresholds_2"
UNION ALL SELECT 'good', 'population_avg(r)', "t:b1a23f27a204", NULL FROM "tag_thresholds_3"
UNION ALL SELECT 'lapsed', 'repurchase_gap(0.9)', "t:9e091b1f82b9", NULL FROM "tag_thresholds_2") AS rows(tag, name, value, text)
ORDER BY tag, name

-- tag: cuts: tag_cuts
CREATE OR REPLACE TABLE "tag_cuts" AS
SELECT "tag_thresholds_2"."t:b63486cad369", "tag_thresholds_2"."t:9e091b1f82b9", "tag_thresholds_3"."t:b1a23f27a204" FROM "tag_thresholds_2", "tag_thresholds_3"

-- tag: definitions: tag_definitions
CREATE OR REPLACE TABLE "tag_definitions" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(hash AS VARCHAR) AS hash, CAST(type AS VARCHAR) AS type FROM (VALUES ('n', '48b10bb658a30158f3959ab6', 'integer'), ('last_at', 'e1af1b7519d12f3f2ce27136', 'time'), ('days', '76c1c894a4157f8350386f7e', 'integer'), ('r', '3197f3f86d9bdb915ae89b26', 'integer'), ('good', '7622cb15bda18b370583483c', 'bool'), ('lapsed', '3470d30693d158749f564b0d', 'bool')) AS rows(tag, hash, type)

-- tag: weights: tag_weights
CREATE OR REPLACE TABLE "tag_weights" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(subject AS BIGINT) AS subject, CAST(NULL AS VARCHAR) AS item, CAST(NULL AS DOUBLE) AS weight
FROM (SELECT NULL, NULL, NULL WHERE false) AS rows(tag, subject, each)
ORDER BY subject, tag, weight DESC, item

-- drop tag_layer_3: tag_layer_3
DROP VIEW IF EXISTS "tag_layer_3"

-- drop tag_thresholds_3: tag_thresholds_3
DROP TABLE IF EXISTS "tag_thresholds_3"

-- drop tag_layer_2: tag_layer_2
DROP VIEW IF EXISTS "tag_layer_2"

-- drop tag_thresholds_2: tag_thresholds_2
DROP TABLE IF EXISTS "tag_thresholds_2"

-- drop tag_layer_1: tag_layer_1
DROP VIEW IF EXISTS "tag_layer_1"

-- drop tag_layer_0: tag_layer_0
DROP TABLE IF EXISTS "tag_layer_0"

-- drop tag_family_2_orders: tag_family_2_orders
DROP TABLE IF EXISTS "tag_family_2_orders"

-- drop tag_family_1_orders_order_id: tag_family_1_orders_order_id
DROP TABLE IF EXISTS "tag_family_1_orders_order_id"

-- tag: changes: tag_changes_new
CREATE OR REPLACE TEMP TABLE tag_changes_new AS
SELECT CAST(subject AS BIGINT) AS subject, CAST(tag AS VARCHAR) AS tag, CAST(old AS VARCHAR) AS old, CAST(new AS VARCHAR) AS new, TIMESTAMP '2026-11-01 04:00:00.000000' AS at, CAST(1 AS BIGINT) AS build
FROM (SELECT NULL AS subject, NULL AS tag, NULL AS old, NULL AS new WHERE false)
ORDER BY subject, tag
