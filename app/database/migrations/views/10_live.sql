-- What MLflow's tables hold of the runs that are not settled in our record. Nobody but the views
-- below and the recorder read this.
--
-- Every tag, parameter and metric is joined by its primary key, so PostgreSQL leaves out the joins
-- whose columns a query does not ask for. The barrier keeps runs that are none of ours hidden from
-- a reader's own conditions.

CREATE VIEW monitoring.live_runs WITH (security_barrier) AS
WITH unsettled AS MATERIALIZED ( -- first of all, as these are few
    SELECT run_uuid, name, experiment_id, status, lifecycle_stage, start_time, end_time
    FROM public.runs AS run
    WHERE NOT EXISTS (
        SELECT FROM monitoring.recorded_runs AS recorded
        WHERE recorded.run_id = run.run_uuid AND recorded.settled
    )
)
SELECT
    run.run_uuid::text AS run_id,
    run.name::text AS run_name,
    run.experiment_id::text AS experiment_id,
    experiment.name::text AS experiment,
    kind.value::text AS run_kind,
    run.status::text AS status,
    run.lifecycle_stage::text AS lifecycle_stage,
    to_timestamp(run.start_time / 1000.0) AS started,
    to_timestamp(run.end_time / 1000.0) AS ended,
    person.value::text AS requested_by,
    job.value::text AS dag_run_id,
    CASE
        WHEN job.value IS NULL THEN NULL
        WHEN kind.value = 'train' OR model_job.value = job.value THEN 'traffic_anomaly_detection_mlflow'
        ELSE 'traffic_anomaly_scoring_mlflow'
    END AS dag_id,
    dataset.value::text AS dataset_id,
    dataset_name.value::text AS dataset_name,
    CASE kind.value WHEN 'train' THEN run.run_uuid::text ELSE model.value::text END AS model_run_id,
    model_dataset.value::text AS model_dataset_id,
    CASE WHEN contamination.value ~ '^[0-9.]+(e-?[0-9]+)?$' THEN contamination.value::double precision END AS contamination,
    CASE WHEN trees.value ~ '^[0-9]+$' THEN trees.value::double precision END AS n_estimators,
    CASE WHEN samples.value ~ '^[0-9]+$' THEN samples.value::double precision END AS max_samples,
    rows.value AS rows,
    anomaly_rate.value AS anomaly_rate,
    threshold.value AS threshold,
    injected_recall.value AS injected_recall,
    injected_auc.value AS injected_auc,
    drift_max.value AS drift_max,
    drifted_features.value AS drifted_features,
    unseen_category_rate.value AS unseen_category_rate,
    missing_rate.value AS missing_rate,
    rows_per_second.value AS rows_per_second,
    training_seconds.value AS training_seconds,
    scoring_seconds.value AS scoring_seconds,
    score_threshold.value AS score_threshold
FROM unsettled AS run
JOIN public.tags AS kind ON kind.key = 'run_kind' AND kind.run_uuid = run.run_uuid
JOIN public.experiments AS experiment ON experiment.experiment_id = run.experiment_id
LEFT JOIN public.tags AS person ON person.key = 'requested_by' AND person.run_uuid = run.run_uuid
LEFT JOIN public.tags AS job ON job.key = 'dag_run_id' AND job.run_uuid = run.run_uuid
LEFT JOIN public.tags AS dataset ON dataset.key = 'dataset_id' AND dataset.run_uuid = run.run_uuid
LEFT JOIN public.tags AS dataset_name ON dataset_name.key = 'dataset_name' AND dataset_name.run_uuid = run.run_uuid
LEFT JOIN public.tags AS model ON model.key = 'model_run_id' AND model.run_uuid = run.run_uuid
LEFT JOIN public.tags AS model_job ON model_job.key = 'dag_run_id' AND model_job.run_uuid = model.value
LEFT JOIN public.tags AS model_dataset ON model_dataset.key = 'dataset_id' AND model_dataset.run_uuid = coalesce(model.value, run.run_uuid)
LEFT JOIN public.params AS contamination ON contamination.key = 'contamination' AND contamination.run_uuid = coalesce(model.value, run.run_uuid)
LEFT JOIN public.params AS trees ON trees.key = 'n_estimators' AND trees.run_uuid = coalesce(model.value, run.run_uuid)
LEFT JOIN public.params AS samples ON samples.key = 'max_samples' AND samples.run_uuid = coalesce(model.value, run.run_uuid)
LEFT JOIN public.latest_metrics AS rows ON rows.key = 'rows' AND rows.run_uuid = run.run_uuid AND NOT rows.is_nan
LEFT JOIN public.latest_metrics AS anomaly_rate ON anomaly_rate.key = 'anomaly_rate' AND anomaly_rate.run_uuid = run.run_uuid AND NOT anomaly_rate.is_nan
LEFT JOIN public.latest_metrics AS threshold ON threshold.key = 'threshold' AND threshold.run_uuid = run.run_uuid AND NOT threshold.is_nan
LEFT JOIN public.latest_metrics AS injected_recall ON injected_recall.key = 'injected_recall' AND injected_recall.run_uuid = run.run_uuid AND NOT injected_recall.is_nan
LEFT JOIN public.latest_metrics AS injected_auc ON injected_auc.key = 'injected_auc' AND injected_auc.run_uuid = run.run_uuid AND NOT injected_auc.is_nan
LEFT JOIN public.latest_metrics AS drift_max ON drift_max.key = 'drift_max' AND drift_max.run_uuid = run.run_uuid AND NOT drift_max.is_nan
LEFT JOIN public.latest_metrics AS drifted_features ON drifted_features.key = 'drifted_features' AND drifted_features.run_uuid = run.run_uuid AND NOT drifted_features.is_nan
LEFT JOIN public.latest_metrics AS unseen_category_rate ON unseen_category_rate.key = 'unseen_category_rate' AND unseen_category_rate.run_uuid = run.run_uuid AND NOT unseen_category_rate.is_nan
LEFT JOIN public.latest_metrics AS missing_rate ON missing_rate.key = 'missing_rate' AND missing_rate.run_uuid = run.run_uuid AND NOT missing_rate.is_nan
LEFT JOIN public.latest_metrics AS rows_per_second ON rows_per_second.key = 'rows_per_second' AND rows_per_second.run_uuid = run.run_uuid AND NOT rows_per_second.is_nan
LEFT JOIN public.latest_metrics AS training_seconds ON training_seconds.key = 'training_seconds' AND training_seconds.run_uuid = run.run_uuid AND NOT training_seconds.is_nan
LEFT JOIN public.latest_metrics AS scoring_seconds ON scoring_seconds.key = 'scoring_seconds' AND scoring_seconds.run_uuid = run.run_uuid AND NOT scoring_seconds.is_nan
LEFT JOIN public.latest_metrics AS score_threshold ON score_threshold.key = 'score_threshold' AND score_threshold.run_uuid = run.run_uuid AND NOT score_threshold.is_nan
WHERE kind.value IN ('train', 'score');
