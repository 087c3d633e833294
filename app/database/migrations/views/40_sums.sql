CREATE VIEW monitoring.daily AS
SELECT
    (started AT TIME ZONE 'UTC')::date AS day,
    experiment,
    run_kind,
    dataset_id,
    model_run_id,
    count(*) AS runs,
    count(*) FILTER (WHERE status = 'FINISHED') AS finished,
    count(*) FILTER (WHERE status IN ('FAILED', 'KILLED')) AS failed,
    sum(rows) FILTER (WHERE status = 'FINISHED') AS rows,
    sum(rows * anomaly_rate) FILTER (WHERE status = 'FINISHED') AS anomalies,
    sum(duration_seconds) FILTER (WHERE status = 'FINISHED') AS seconds,
    max(drift_max) FILTER (WHERE status = 'FINISHED') AS drift_max
FROM monitoring.runs
GROUP BY 1, 2, 3, 4, 5;

COMMENT ON VIEW monitoring.daily IS 'One row per day (UTC), experiment, kind, data set and model. Counts and sums add up over any of them; the rate of a day is sum(anomalies) / sum(rows).';
COMMENT ON COLUMN monitoring.daily.failed IS 'Runs that failed or were cancelled.';
COMMENT ON COLUMN monitoring.daily.seconds IS 'Total duration of the finished runs.';

-- Individuals control chart: sigma is the mean moving range divided by 1.128.
CREATE VIEW monitoring.rate_band AS
WITH scored AS (
    SELECT
        run_id, experiment, started, dataset_id, dataset_name, model_run_id, contamination, score_threshold, anomaly_rate,
        abs(anomaly_rate - lag(anomaly_rate) OVER ordered) AS moving_range
    FROM monitoring.runs
    WHERE on_new_data AND status = 'FINISHED' AND anomaly_rate IS NOT NULL
    WINDOW ordered AS (PARTITION BY experiment, contamination, score_threshold ORDER BY started, run_id)
), compared AS (
    SELECT
        scored.*,
        count(*) OVER earlier AS runs_before,
        avg(anomaly_rate) OVER earlier AS centre,
        greatest(3 * avg(moving_range) OVER earlier / 1.128, 0.1 * avg(anomaly_rate) OVER earlier) AS half_width
    FROM scored
    WINDOW earlier AS (
        PARTITION BY experiment, contamination, score_threshold ORDER BY started, run_id
        ROWS BETWEEN 30 PRECEDING AND 1 PRECEDING
    )
)
SELECT
    run_id, experiment, started, dataset_id, dataset_name, model_run_id, anomaly_rate, runs_before,
    CASE WHEN runs_before >= 10 THEN centre END AS centre,
    CASE WHEN runs_before >= 10 THEN greatest(centre - half_width, 0) END AS low,
    CASE WHEN runs_before >= 10 THEN least(centre + half_width, 1) END AS high,
    CASE WHEN runs_before >= 10 THEN abs(anomaly_rate - centre) / nullif(half_width, 0) END AS deviation
FROM compared;

COMMENT ON VIEW monitoring.rate_band IS 'One row per finished score run on new data: its rate beside the band that the up to 30 runs before it, of the same experiment, contamination and decided threshold, lead one to expect.';
COMMENT ON COLUMN monitoring.rate_band.centre IS 'Mean rate of the runs before; empty for fewer than 10.';
COMMENT ON COLUMN monitoring.rate_band.low IS 'Centre less three sigma of the moving range, or a tenth of the centre where that is more.';
COMMENT ON COLUMN monitoring.rate_band.deviation IS 'Distance from the centre in half widths of the band: above 1 is outside.';

CREATE VIEW monitoring.freshness AS
SELECT
    experiment,
    max(started) AS newest_run,
    max(ended) FILTER (WHERE status = 'FINISHED') AS newest_success,
    extract(epoch FROM now() - coalesce(max(ended) FILTER (WHERE status = 'FINISHED'), min(started)))::double precision
        / 3600 AS hours_since_success
FROM monitoring.runs
GROUP BY experiment;

COMMENT ON VIEW monitoring.freshness IS 'One row per experiment: its newest run and its newest success.';
COMMENT ON COLUMN monitoring.freshness.hours_since_success IS 'Since the newest success ended; where there is none, since the first run began.';
