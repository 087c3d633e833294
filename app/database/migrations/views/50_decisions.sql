CREATE VIEW monitoring.verdicts AS
SELECT DISTINCT ON (model_run_id, row_hash)
    model_run_id, row_hash, run_id, verdict, reason, reviewer, decided_at, sampled_by, severity, flagged
FROM console.verdicts
WHERE NOT EXISTS (SELECT FROM console.withdrawals WHERE verdict_id = verdicts.id)
ORDER BY model_run_id, row_hash, decided_at DESC, id DESC;

COMMENT ON VIEW monitoring.verdicts IS 'One row per model and judged record: the newest verdict that was not withdrawn. Comments are left out.';

-- The interval is Wilson's, at 95 %.
CREATE VIEW monitoring.verdict_precision AS
WITH counted AS (
    SELECT
        model_run_id,
        count(*) AS reviewed,
        count(*) FILTER (WHERE verdict = 'confirmed') AS confirmed,
        count(*) FILTER (WHERE verdict = 'false_alarm') AS false_alarms,
        count(*) FILTER (WHERE verdict = 'unsure') AS unsure,
        count(*) FILTER (WHERE verdict <> 'unsure')::double precision AS decided,
        max(decided_at) AS last_decided
    FROM monitoring.verdicts
    WHERE flagged
    GROUP BY model_run_id
), share AS (
    SELECT counted.*, confirmed / nullif(decided, 0) AS precision, 1.959963984540054 ^ 2 / nullif(decided, 0) AS weight
    FROM counted
)
SELECT
    model_run_id, reviewed, confirmed, false_alarms, unsure, precision,
    (precision + weight / 2 - sqrt(weight * (precision * (1 - precision) + weight / 4))) / (1 + weight) AS precision_low,
    (precision + weight / 2 + sqrt(weight * (precision * (1 - precision) + weight / 4))) / (1 + weight) AS precision_high,
    last_decided
FROM share;

COMMENT ON VIEW monitoring.verdict_precision IS 'One row per model: what reviewers said of the rows it had flagged.';
COMMENT ON COLUMN monitoring.verdict_precision.precision IS 'Confirmed / (confirmed + false alarms), 0 to 1; the unsure count for neither.';
COMMENT ON COLUMN monitoring.verdict_precision.precision_low IS 'Lower end of the 95 % Wilson interval.';

CREATE VIEW monitoring.threshold_changes AS
SELECT model_run_id, run_id, changed_at, changed_by, previous, threshold, rows_gained, rows_lost, reason
FROM console.threshold_changes;

COMMENT ON VIEW monitoring.threshold_changes IS 'One row per decision to move a model''s threshold.';

CREATE VIEW monitoring.model_changes AS
SELECT alias, action, previous_run_id, model_run_id, changed_at, changed_by, reason
FROM console.model_changes;

COMMENT ON VIEW monitoring.model_changes IS 'One row per promotion, roll-back or removal of an alias.';
