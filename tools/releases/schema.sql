-- What the sample application has before its first migration, and the drill's own books: what was begun, by whom, what came of it.
CREATE TABLE orders (
    id text PRIMARY KEY,
    arrivals integer NOT NULL DEFAULT 1,
    placed timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON orders (placed);
CREATE TABLE migrations (
    number bigserial PRIMARY KEY,
    release integer NOT NULL,
    pod text NOT NULL,
    begun timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended timestamptz,
    error text
);
CREATE TABLE jobs (
    number bigserial PRIMARY KEY,
    id text NOT NULL,
    milliseconds integer NOT NULL,
    release integer NOT NULL,
    pod text NOT NULL,
    begun timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended timestamptz,
    error text
);
CREATE TABLE runs (
    number bigserial PRIMARY KEY,
    minute bigint NOT NULL,
    release integer NOT NULL,
    pod text NOT NULL,
    begun timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended timestamptz,
    error text
);
