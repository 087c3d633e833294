-- The record, and what is live beside it. Nobody but the views below reads these.

CREATE VIEW monitoring.kept_runs AS
SELECT
    run_id, run_name, experiment_id, experiment, run_kind, status, lifecycle_stage, started,
    ended, requested_by, dag_run_id, dag_id, dataset_id, dataset_name, model_run_id, model_dataset_id,
    contamination, n_estimators, max_samples, rows, anomaly_rate, threshold, injected_recall,
    injected_auc, drift_max, drifted_features, unseen_category_rate, missing_rate,
    rows_per_second, training_seconds, scoring_seconds, score_threshold
FROM monitoring.live_runs
UNION ALL
SELECT
    run.run_id::text, run.run_name, run.experiment_id, run.experiment, run.run_kind, run.status,
    coalesce((SELECT live.lifecycle_stage::text FROM public.runs AS live WHERE live.run_uuid = run.run_id), 'purged'),
    run.started, run.ended, run.requested_by, run.dag_run_id, run.dag_id, run.dataset_id, run.dataset_name,
    run.model_run_id, run.model_dataset_id, run.contamination, run.n_estimators, run.max_samples,
    run.rows, run.anomaly_rate, run.threshold, run.injected_recall, run.injected_auc,
    run.drift_max, run.drifted_features, run.unseen_category_rate, run.missing_rate,
    run.rows_per_second, run.training_seconds, run.scoring_seconds, run.score_threshold
FROM monitoring.recorded_runs AS run
WHERE run.settled OR NOT EXISTS (SELECT FROM public.runs AS live WHERE live.run_uuid = run.run_id);

CREATE VIEW monitoring.kept_metrics AS
SELECT
    run.run_id, run.run_kind, run.experiment, run.status, run.started, run.dataset_id,
    run.dataset_name, run.model_run_id, live.key::text AS metric, live.value
FROM monitoring.live_runs AS run
JOIN public.latest_metrics AS live ON live.run_uuid = run.run_id
WHERE NOT live.is_nan
UNION ALL
SELECT
    run.run_id::text, run.run_kind, run.experiment, run.status, run.started, run.dataset_id,
    run.dataset_name, run.model_run_id, recorded.metric, recorded.value
FROM monitoring.recorded_runs AS run
JOIN monitoring.recorded_metrics AS recorded ON recorded.run_id = run.run_id
WHERE run.settled OR NOT EXISTS (SELECT FROM public.runs AS live WHERE live.run_uuid = run.run_id);

CREATE VIEW monitoring.kept_drift AS
SELECT
    run.run_id, run.experiment, run.status, run.started, run.dataset_id, run.dataset_name,
    run.model_run_id, substr(live.key, 7) AS feature, live.value AS psi
FROM monitoring.live_runs AS run
JOIN public.latest_metrics AS live ON live.run_uuid = run.run_id
WHERE run.run_kind = 'score' AND starts_with(live.key, 'drift/') AND NOT live.is_nan
UNION ALL
SELECT
    run.run_id::text, run.experiment, run.status, run.started, run.dataset_id, run.dataset_name,
    run.model_run_id, drift.feature, drift.psi
FROM monitoring.recorded_runs AS run
CROSS JOIN LATERAL unnest(run.drift_features, run.drift_values) AS drift (feature, psi)
WHERE run.run_kind = 'score'
    AND (run.settled OR NOT EXISTS (SELECT FROM public.runs AS live WHERE live.run_uuid = run.run_id));
