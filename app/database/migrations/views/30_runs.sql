CREATE VIEW monitoring.runs AS
SELECT
    run.run_id,
    run.run_name,
    run.experiment_id,
    run.experiment,
    run.run_kind,
    run.status,
    run.lifecycle_stage,
    run.started,
    run.ended,
    extract(epoch FROM run.ended - run.started)::double precision AS duration_seconds,
    run.requested_by,
    run.dag_run_id,
    run.dag_id,
    run.dataset_id,
    coalesce(run.dataset_name, run.dataset_id) AS dataset_name,
    run.model_run_id,
    (run.run_kind = 'score' AND run.dataset_id IS DISTINCT FROM run.model_dataset_id) AS on_new_data,
    run.contamination,
    run.n_estimators,
    run.max_samples,
    run.rows,
    run.anomaly_rate,
    run.threshold,
    CASE WHEN run.run_kind = 'score' THEN coalesce(run.score_threshold, 0) END AS score_threshold,
    run.injected_recall,
    run.injected_auc,
    run.drift_max,
    run.drifted_features,
    run.unseen_category_rate,
    run.missing_rate,
    run.rows_per_second,
    coalesce(run.training_seconds, run.scoring_seconds) AS work_seconds
FROM monitoring.kept_runs AS run;

COMMENT ON VIEW monitoring.runs IS 'One row per train or score run, also of runs that MLflow has deleted or purged.';
COMMENT ON COLUMN monitoring.runs.run_kind IS 'train or score.';
COMMENT ON COLUMN monitoring.runs.status IS 'RUNNING, FINISHED, FAILED or KILLED, as MLflow says.';
COMMENT ON COLUMN monitoring.runs.lifecycle_stage IS 'active; deleted: in MLflow''s bin; purged: gone from MLflow, kept here.';
COMMENT ON COLUMN monitoring.runs.duration_seconds IS 'From start to end of the run; empty while it runs.';
COMMENT ON COLUMN monitoring.runs.dag_id IS 'The DAG that ran it; empty for a run from the command line.';
COMMENT ON COLUMN monitoring.runs.model_run_id IS 'The train run that made the model; of a train run, itself.';
COMMENT ON COLUMN monitoring.runs.on_new_data IS 'A score run on other data than its model was trained on: only there does the rate say something.';
COMMENT ON COLUMN monitoring.runs.contamination IS 'Share of the training rows that the model was asked to flag.';
COMMENT ON COLUMN monitoring.runs.rows IS 'Rows read.';
COMMENT ON COLUMN monitoring.runs.anomaly_rate IS 'Share of rows flagged at the threshold of the run, 0 to 1.';
COMMENT ON COLUMN monitoring.runs.threshold IS 'Train runs: the value of scikit-learn''s score_samples below which a row is flagged, as trained.';
COMMENT ON COLUMN monitoring.runs.score_threshold IS 'Score runs: the anomaly_score below which rows were flagged; 0 unless people had decided on another threshold.';
COMMENT ON COLUMN monitoring.runs.injected_recall IS 'Train runs: share of deliberately corrupted rows that the model flags.';
COMMENT ON COLUMN monitoring.runs.injected_auc IS 'Train runs: area under the ROC curve between corrupted and untouched rows.';
COMMENT ON COLUMN monitoring.runs.drift_max IS 'Score runs: largest population stability index of any feature.';
COMMENT ON COLUMN monitoring.runs.drifted_features IS 'Score runs: number of features whose index is above 0.25, and above what chance gives for so few rows.';
COMMENT ON COLUMN monitoring.runs.unseen_category_rate IS 'Score runs: share of categorical values that training never saw.';
COMMENT ON COLUMN monitoring.runs.missing_rate IS 'Score runs: share of values that are missing.';
COMMENT ON COLUMN monitoring.runs.rows_per_second IS 'Score runs: rows scored per second.';
COMMENT ON COLUMN monitoring.runs.work_seconds IS 'Seconds of training or scoring proper, without storing the artifacts.';

CREATE VIEW monitoring.run_metrics WITH (security_barrier) AS
SELECT run_id, run_kind, experiment, started, metric, value
FROM monitoring.kept_metrics;

COMMENT ON VIEW monitoring.run_metrics IS 'One row per run and metric: the last value that the run logged; values that are not a number are left out.';

CREATE VIEW monitoring.drift WITH (security_barrier) AS
SELECT
    run_id,
    experiment,
    started,
    status,
    dataset_id,
    coalesce(dataset_name, dataset_id) AS dataset_name,
    model_run_id,
    feature,
    psi,
    CASE WHEN psi >= 0.25 THEN 'significant' WHEN psi >= 0.1 THEN 'moderate' ELSE 'stable' END AS level
FROM monitoring.kept_drift;

COMMENT ON VIEW monitoring.drift IS 'One row per score run and feature: how far the scored data is from the training data.';
COMMENT ON COLUMN monitoring.drift.psi IS 'Population stability index against the training reference, 0 or more.';
COMMENT ON COLUMN monitoring.drift.level IS 'stable below 0.1, moderate from 0.1, significant from 0.25.';
