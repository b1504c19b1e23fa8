-- tag: family 1 events event buy: tag_family_1_events_event_buy ← events
CREATE OR REPLACE TEMP TABLE "tag_family_1_events_event_buy" AS
SELECT subject,
  CAST(count(CASE WHEN occurred_at >= TIMESTAMP '2026-10-02 04:00:00.000000' THEN 1 END) AS INTEGER) AS "m:1",
  CAST(count(CASE WHEN occurred_at >= TIMESTAMP '2026-08-03 04:00:00.000000' THEN 1 END) AS INTEGER) AS "m:2",
  CAST(sum(CASE WHEN "category" = 'a' THEN "amount" END) AS DECIMAL(18,4)) AS "m:9",
  CAST(count(CASE WHEN "category" = 'a' THEN "amount" END) AS INTEGER) AS "m:10"
FROM "events"
WHERE subject IS NOT NULL AND "event" = 'buy'
GROUP BY subject

-- tag: family 2 events: tag_family_2_events ← events
CREATE OR REPLACE TEMP TABLE "tag_family_2_events" AS
SELECT subject,
  bit_count(bit_or(CAST(1 AS HUGEINT) << CAST(DATE '2026-11-01' - "day" AS HUGEINT))) AS "m:4",
  CAST(count(CASE WHEN "channel" = 'app' THEN 1 END) AS INTEGER) AS "m:3"
FROM "events"
WHERE subject IS NOT NULL AND occurred_at >= TIMESTAMP '2026-08-03 04:00:00.000000'
GROUP BY subject

-- tag: family 3 events: tag_family_3_events ← events
CREATE OR REPLACE TEMP TABLE "tag_family_3_events" AS
SELECT subject,
  bit_count(bit_or(CAST(1 AS BIGINT) << CAST(enum_code("category") AS BIGINT))) AS "m:5",
  max(epoch_us(occurred_at) * 256 + (255 - enum_code("channel"))) AS "m:8"
FROM "events"
WHERE subject IS NOT NULL
GROUP BY subject

-- tag: family 4 events session: tag_family_4_events_session ← events
CREATE OR REPLACE TEMP TABLE "tag_family_4_events_session" AS
SELECT subject,
  CAST(count("n:1") AS INTEGER) AS "m:6"
FROM (SELECT subject,
  "session" AS item,
  max(occurred_at) AS "n:1"
FROM "events"
WHERE subject IS NOT NULL AND "session" IS NOT NULL
GROUP BY subject, "session")
GROUP BY subject

-- tag: family 5 events session: tag_family_5_events_session ← events
CREATE OR REPLACE TEMP TABLE "tag_family_5_events_session" AS
SELECT subject,
  CAST(count("n:1") AS INTEGER) AS "m:7"
FROM (SELECT subject,
  "session" AS item,
  max(occurred_at) AS "n:1"
FROM "events"
WHERE subject IS NOT NULL AND occurred_at >= TIMESTAMP '2026-10-02 04:00:00.000000' AND "session" IS NOT NULL
GROUP BY subject, "session")
GROUP BY subject

-- tag: all tags: tags ← subjects, tag_family_1_events_event_buy, tag_family_2_events, tag_family_3_events, tag_family_4_events_session, tag_family_5_events_session
CREATE OR REPLACE TABLE "tags" AS
SELECT subject,
  "n30",
  "n90",
  "app90",
  "days90",
  "cats",
  "sessions",
  "sessions30",
  "last_channel",
  "mean"
FROM (SELECT subject,
  CAST("m:1" AS BIGINT) AS "n30",
  CAST("m:2" AS BIGINT) AS "n90",
  CAST("m:3" AS BIGINT) AS "app90",
  CAST("m:4" AS BIGINT) AS "days90",
  CAST("m:5" AS BIGINT) AS "cats",
  CAST("m:6" AS BIGINT) AS "sessions",
  CAST("m:7" AS BIGINT) AS "sessions30",
  CAST("m:8" AS VARCHAR) AS "last_channel",
  CAST((CAST("m:9" AS DOUBLE) / NULLIF("m:10", 0)) AS DOUBLE) AS "mean"
FROM (SELECT subject,
  COALESCE("m:1", 0) AS "m:1",
  COALESCE("m:2", 0) AS "m:2",
  COALESCE("m:3", 0) AS "m:3",
  COALESCE("m:4", 0) AS "m:4",
  COALESCE("m:5", 0) AS "m:5",
  COALESCE("m:6", 0) AS "m:6",
  COALESCE("m:7", 0) AS "m:7",
  LIST_EXTRACT(['app', 'web'], (255 - ("m:8" & 255)) + 1) AS "m:8",
  "m:9" AS "m:9",
  COALESCE("m:10", 0) AS "m:10"
FROM subjects
LEFT JOIN "tag_family_1_events_event_buy" USING (subject)
LEFT JOIN "tag_family_2_events" USING (subject)
LEFT JOIN "tag_family_3_events" USING (subject)
LEFT JOIN "tag_family_4_events_session" USING (subject)
LEFT JOIN "tag_family_5_events_session" USING (subject)))

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
SELECT CAST(tag AS VARCHAR) AS tag, CAST(hash AS VARCHAR) AS hash, CAST(type AS VARCHAR) AS type FROM (VALUES ('n30', '4d9fdc10c838ab0d1b1f6ea7', 'integer'), ('n90', 'f35b6d53cb2c98e77cb7c136', 'integer'), ('app90', '0ca8634e1373565451ff903d', 'integer'), ('days90', 'b86d3d34988b3f8d34a8de41', 'integer'), ('cats', 'ffc43c8c45a2b0658967ba88', 'integer'), ('sessions', '880751c5575e79665852a6e3', 'integer'), ('sessions30', '2fa02bb7c401683c6541599b', 'integer'), ('last_channel', '65684cdda42b3e896185ff23', 'text'), ('mean', '1951ea47a7fb8c7d6972780b', 'number')) AS rows(tag, hash, type)

-- tag: weights: tag_weights
CREATE OR REPLACE TABLE "tag_weights" AS
SELECT CAST(tag AS VARCHAR) AS tag, CAST(subject AS BIGINT) AS subject, CAST(NULL AS VARCHAR) AS item, CAST(NULL AS DOUBLE) AS weight
FROM (SELECT NULL, NULL, NULL WHERE false) AS rows(tag, subject, each)
ORDER BY subject, tag, weight DESC, item

-- drop tag_family_5_events_session: tag_family_5_events_session
DROP TABLE IF EXISTS "tag_family_5_events_session"

-- drop tag_family_4_events_session: tag_family_4_events_session
DROP TABLE IF EXISTS "tag_family_4_events_session"

-- drop tag_family_3_events: tag_family_3_events
DROP TABLE IF EXISTS "tag_family_3_events"

-- drop tag_family_2_events: tag_family_2_events
DROP TABLE IF EXISTS "tag_family_2_events"

-- drop tag_family_1_events_event_buy: tag_family_1_events_event_buy
DROP TABLE IF EXISTS "tag_family_1_events_event_buy"

-- tag: changes: tag_changes_new
CREATE OR REPLACE TEMP TABLE tag_changes_new AS
SELECT CAST(subject AS BIGINT) AS subject, CAST(tag AS VARCHAR) AS tag, CAST(old AS VARCHAR) AS old, CAST(new AS VARCHAR) AS new, TIMESTAMP '2026-11-01 04:00:00.000000' AS at, CAST(1 AS BIGINT) AS build
FROM (SELECT NULL AS subject, NULL AS tag, NULL AS old, NULL AS new WHERE false)
ORDER BY subject, tag
