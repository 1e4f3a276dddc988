/** By what the parts of a pod and the objects around it know each other: ports, names, paths, annotations. */

export const nginxContainerName = "nginx";

export const phpFpmContainerName = "php-fpm";

/** Container and app.kubernetes.io/component of the pods that run a command of the application. */
export const releaseContainerName = "release";

export const workerContainerName = "worker";

export const scheduleContainerName = "schedule";

/** Likewise of what keeps files of releases; an init container of the pods that serve, too. */
export const assetsContainerName = "assets";

export const commandComponents = [
    releaseContainerName,
    workerContainerName,
    scheduleContainerName,
    assetsContainerName,
] as const;

/** Which of a service's workers a pod is. */
export const workerLabel = "php-web-service/worker";

/** The two labels that everything of a service is found by. */
export const nameLabel = "app.kubernetes.io/name";

export const componentLabel = "app.kubernetes.io/component";

/** Of which of a service's schedules. */
export const scheduleLabel = "php-web-service/schedule";

/** Read by the policy pack and by reviewers: the promise of this workload, in seconds. */
export const longestRequestAnnotation = "php-web-service/longest-request-seconds";

/** Likewise, what a request may take beside PHP's work: for a free worker, and for its way through nginx. In seconds. */
export const queueAnnotation = "php-web-service/queue-seconds";

export const transferAnnotation = "php-web-service/transfer-seconds";

/** Not privileged, so that nginx needs no capability. */
export const httpPort = 8080;

/** The port that nginx listens on, by the name that its probes and the Service use. */
export const httpPortName = "http";

export const servicePort = 80;

/** On 127.0.0.1 only. */
export const stubStatusPort = 8081;

/** FastCGI. On every address, since the kubelet's probes come from outside; only 127.0.0.1 is served. */
export const fastcgiPort = 9000;

/** The port that php-fpm listens on, by name. */
export const fastcgiPortName = "fastcgi";

/** Where nginx finds it. With `fastcgi_pass` to a name, nginx would need a resolver. */
export const fastcgiAddress = `127.0.0.1:${fastcgiPort}`;

/** For readiness alone, on 127.0.0.1, with a worker of its own: a pool of which every worker is busy answers no probe. */
export const readinessPort = 9002;

/** Status page, on 127.0.0.1 and with a process of its own, so that it answers while every worker is busy. */
export const phpFpmStatusPort = 9001;

/** Where Prometheus reads, by name: nginx's exporter, and php-fpm's own page, which nginx hands on. */
export const exporterPorts = [
    { name: "nginx-metrics", port: 9113 },
    { name: "fpm-metrics", port: 9253 },
] as const;

/** nginx's own answer, from no file and no PHP. */
export const alivePath = "/-/alive";

/**
 * The application's answer to its health path, by a worker that answers nothing else. A path of the pod's own, so that what
 * visitors ask for at the health path, or a prefix that is cut off, has nothing to do with it.
 */
export const readyPath = "/-/ready";

/** php-fpm's own answer; no application's. */
export const pingPath = "/-/ping";

/** php-fpm's own page, at the status port. */
export const phpFpmStatusPath = "/status";

/** Where Prometheus looks by itself. */
export const metricsPath = "/metrics";

/** nginx's own figures, at the port of that name. */
export const stubStatusPath = "/stub_status";
