-- The measured figures as one line of JSON, since wrk's own report rounds them.
function done(summary, latency)
    local errors = summary.errors
    io.write(
        string.format(
            '{"microseconds":%d,"requests":%d,"p99Microseconds":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
            summary.duration,
            summary.requests,
            latency:percentile(99),
            errors.connect,
            errors.read,
            errors.write,
            errors.status,
            errors.timeout
        )
    )
end
