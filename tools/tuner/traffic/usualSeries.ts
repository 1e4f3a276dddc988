/** The series that a cluster's Prometheus usually has of a service, as queries. docs/monitoring/README.md says who has them. */
import { podsOf } from "../../../components/busyWorkers";
import { phpFpmContainerName } from "../../../components/specs/names";

export interface ServiceName {
    readonly namespace: string;
    /** Of the Service, the Ingress or HTTPRoute, and the Deployment: the stack gives all of them the same. */
    readonly name: string;
}

/** Who counts requests. The queries take the seconds that they look back from each value. */
export interface RequestCounter {
    /** As a report calls it. */
    readonly title: string;
    /** What brings its figures to Prometheus. */
    readonly needs: string;
    /** Requests per second. */
    readonly rate: (windowSeconds: number) => string;
    /** Requests that are being worked on, mean: by Little's law their rate times how long each takes. */
    readonly inProgress: (windowSeconds: number) => string;
}

/**
 * The best first: php-fpm counts what needs a worker, ingress controllers what nginx answers from a file too.
 *
 * Each pod counts once, however many jobs of Prometheus read it.
 */
export function requestCounters({ namespace, name }: ServiceName): readonly [RequestCounter, ...RequestCounter[]] {
    const pods = podsOf({ namespace, name });
    // A ServiceMonitor without honorLabels keeps what the controller says as exported_...; one with it does not.
    const either = (metric: string, label: string, rest: string, window: number) =>
        `sum(rate(${metric}{exported_${label},${rest}}[${window}s]) or rate(${metric}{${label},${rest}}[${window}s]))`;
    const nginx = (metric: string) => (window: number) =>
        either(`nginx_ingress_controller_${metric}`, `namespace="${namespace}"`, `ingress="${name}"`, window);
    // Ingress: namespace-service-port, or with the Ingress's name too; HTTPRoute: after a key of the route's.
    const traefikService = `(httproute-${namespace}-${name}-gw-.+-svc-)?${namespace}-(${name}-)?${name}-.+@kubernetes.*`;
    const traefik = (metric: string) => (window: number) =>
        either(`traefik_service_${metric}`, `service=~"${traefikService}"`, `protocol!="websocket"`, window);
    const envoy = (metric: string) => (window: number) =>
        `sum(rate(envoy_cluster_${metric}{envoy_cluster_name=~"httproute/${namespace}/${name}/rule/.+"}[${window}s]))`;
    return [
        {
            title: "php-fpm's own count",
            needs: "web.monitoring in the stack file, and a Prometheus that selects its monitor (docs/monitoring/README.md)",
            rate: (window) => `sum(max by (pod) (rate(phpfpm_accepted_connections{${pods}}[${window}s])))`,
            inProgress: (window) => `sum(max by (pod) (avg_over_time(phpfpm_active_processes{${pods}}[${window}s])))`,
        },
        {
            title: "ingress-nginx's count",
            needs: "controller.metrics.enabled of ingress-nginx",
            rate: nginx("requests"),
            inProgress: nginx("response_duration_seconds_sum"),
        },
        {
            title: "Traefik's count",
            needs: "metrics.prometheus of Traefik, with addServicesLabels",
            rate: traefik("requests_total"),
            inProgress: traefik("request_duration_seconds_sum"),
        },
        {
            title: "Envoy's count",
            needs: "a monitor of Envoy's own page, /stats/prometheus",
            rate: envoy("upstream_rq_total"),
            // Milliseconds.
            inProgress: (window) => `${envoy("upstream_rq_time_sum")(window)} / 1000`,
        },
    ];
}

/** php-fpm's CPU in cores, of all pods. */
export const coresInUse = (service: ServiceName, windowSeconds: number): string =>
    `sum(max by (pod) (rate(container_cpu_usage_seconds_total{${podsOf(service)},container="${phpFpmContainerName}"}[${windowSeconds}s])))`;
