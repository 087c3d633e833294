-- The one thing that the console's role may take out of MLflow's tables: a run of the console's own
-- experiments that lies in the bin, with what belongs to it alone. MLflow's API cannot do it, and
-- `mlflow gc` needs the rights of the owner over everything.
--
-- It runs with the rights of the role mlflow, refuses a run that is not in the bin or still runs,
-- and a model that an alias of the registry names. The numbers of deleted model versions stay
-- behind, so that MLflow gives none of them twice.

CREATE OR REPLACE FUNCTION console.erase_run(erased text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.runs AS run
    JOIN public.experiments AS experiment ON experiment.experiment_id = run.experiment_id
    WHERE run.run_uuid = erased AND run.lifecycle_stage = 'deleted'
        AND run.status NOT IN ('RUNNING', 'SCHEDULED')
        AND experiment.name IN ('traffic_anomaly_detection', 'traffic_datasets')
    FOR UPDATE OF run;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF EXISTS (
        SELECT FROM public.registered_model_aliases AS alias
        JOIN public.model_versions AS version
            ON version.name = alias.name AND version.version = alias.version
        WHERE version.run_id = erased
    ) THEN
        RAISE EXCEPTION USING MESSAGE = 'the registry has an alias for the model of run ' || erased;
    END IF;
    DELETE FROM public.logged_models WHERE source_run_id = erased AND lifecycle_stage = 'deleted';
    DELETE FROM public.input_tags USING public.inputs AS input
    WHERE input_tags.input_uuid = input.input_uuid AND input.destination_id = erased;
    DELETE FROM public.inputs WHERE destination_id = erased OR source_id = erased;
    DELETE FROM public.metrics WHERE run_uuid = erased;
    DELETE FROM public.latest_metrics WHERE run_uuid = erased;
    DELETE FROM public.params WHERE run_uuid = erased;
    DELETE FROM public.tags WHERE run_uuid = erased;
    DELETE FROM public.runs WHERE run_uuid = erased;
    RETURN true;
END
$$;
ALTER FUNCTION console.erase_run(text) OWNER TO mlflow;
REVOKE ALL ON FUNCTION console.erase_run(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION console.erase_run(text) TO console;
