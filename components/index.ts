/** What programs may use; everything else in this folder is internal. */
export { IngressNginx, type FurtherControllerValues, type IngressNginxArgs } from "./ingressNginx";
export { MetricsServer, type MetricsServerArgs } from "./metricsServer";
export type { ReplicaScalingArgs } from "./autoscaler";
export type { MonitoringArgs } from "./monitor";
export { PhpWebService, type PhpWebServiceArgs } from "./phpWebService";
export { sampleApplication } from "./sampleApplication";
export { trafficSource, type TrafficSource } from "./specs/traffic";
export { TraefikIngressClass, type TraefikIngressClassArgs } from "./traefikIngressClass";
