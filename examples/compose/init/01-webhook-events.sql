-- A table that was partitioned by hand, two months of it, and nobody has made the third.
CREATE TABLE public.webhook_events (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    event_type text NOT NULL,
    payload    jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE public.webhook_events_2025_09 PARTITION OF public.webhook_events
    FOR VALUES FROM ('2025-09-01 00:00:00+00') TO ('2025-10-01 00:00:00+00');
CREATE TABLE public.webhook_events_2025_10 PARTITION OF public.webhook_events
    FOR VALUES FROM ('2025-10-01 00:00:00+00') TO ('2025-11-01 00:00:00+00');
INSERT INTO public.webhook_events (event_type, payload, created_at)
SELECT 'message.created', jsonb_build_object('n', n), timestamptz '2025-09-01 00:00:00+00' + n * interval '1 hour'
  FROM generate_series(1, 1400) AS n;
