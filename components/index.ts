/** What programs may use; everything else in this folder is internal. */
export type * from "./args";
export type { EgressTarget } from "./egress";
export { IngressClass, type IngressClassArgs } from "./ingressClass";
export { EnvoyGateway, type EnvoyGatewayArgs } from "./envoyGateway";
export {
    IngressNginx,
    type ChartArgs,
    type ControllerServiceArgs,
    type FurtherControllerValues,
    type IngressNginxArgs,
} from "./ingressNginx";
export { MetricsServer, type MetricsServerArgs } from "./metricsServer";
export { PhpWebService } from "./phpWebService";
export { sampleApplication } from "./sampleApplication";
export { proxyReadTimeoutSecondsOf } from "./service";
export type { TrafficSource } from "./specs/traffic";
export { Traefik, type TraefikArgs } from "./traefik";
