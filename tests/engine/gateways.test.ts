/** One after the other: the real Traefik and the real Envoy Gateway both listen on port 8080, and neither can be told another one. */
import "./traefikGateway";
import "./envoyGateway";
