/** One service with every default. The cluster has ingress-nginx and metrics-server. */
import { PhpWebService } from "../../components";

const shop = new PhpWebService("shop", { host: "www.example.com" });

export const url = shop.url;
