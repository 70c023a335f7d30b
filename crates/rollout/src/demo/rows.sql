-- $1 rows, spread evenly over the two months.
INSERT INTO public.webhook_events (event_type, payload, created_at)
SELECT (ARRAY['message.created', 'message.read', 'user.joined', 'invoice.paid'])[1 + n % 4],
       jsonb_build_object('n', n, 'key', md5(n::text), 'agent', jsonb_build_object('id', n % 97, 'model', 'm' || n % 5)),
       timestamptz '2025-09-01 00:00:00+00' + (interval '61 days' * n / $1::text::bigint)
  FROM generate_series(0, $1::text::bigint - 1) AS n
