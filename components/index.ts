/** What programs may use; everything else in this folder is internal. */
export type * from "./args";
export type { EgressTarget } from "./egress";
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
export type { TrafficSource } from "./specs/traffic";
export { TraefikIngressClass, type TraefikIngressClassArgs } from "./traefikIngressClass";
