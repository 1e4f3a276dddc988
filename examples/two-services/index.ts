/** Two services in one cluster: each in a namespace of its own, behind one ingress-nginx, with its own promise. */
import { IngressNginx, MetricsServer, PhpWebService } from "../../components";

const dependsOn = [new MetricsServer("metrics-server"), new IngressNginx("ingress-nginx")];

const shop = new PhpWebService(
    "shop",
    { host: "www.example.com", phpFpm: { env: { APP_ENV: "production" } } },
    { dependsOn },
);

// Reports take two minutes. The whole shutdown of its pods follows from that.
const reports = new PhpWebService(
    "reports",
    { host: "reports.example.com", longestRequestSeconds: 120, scaling: { minReplicas: 2, maxReplicas: 6 } },
    { dependsOn },
);

export const shopUrl = shop.url;
export const reportsUrl = reports.url;
