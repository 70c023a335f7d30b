-- The table of the page: partitioned by hand, two months, and nobody has made November.
CREATE TABLE public.webhook_events (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    event_type text NOT NULL,
    payload    jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX webhook_events_created_at_idx ON public.webhook_events (created_at);
CREATE INDEX webhook_events_type_idx ON public.webhook_events (event_type, created_at);
CREATE TABLE public.webhook_events_2025_09 PARTITION OF public.webhook_events
    FOR VALUES FROM ('2025-09-01 00:00:00+00') TO ('2025-10-01 00:00:00+00');
CREATE TABLE public.webhook_events_2025_10 PARTITION OF public.webhook_events
    FOR VALUES FROM ('2025-10-01 00:00:00+00') TO ('2025-11-01 00:00:00+00');
