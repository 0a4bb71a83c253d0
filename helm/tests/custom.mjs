// Holds custom resources against the validators that are generated from their makers' types, and expressions against
// Prometheus' own grammar. Reads {resources: [...], expressions: [...]} and prints a list of what is wrong.
import { parser } from "@prometheus-io/lezer-promql";

const KINDS = {
  "cert-manager.io/v1": "cert-manager",
  "external-secrets.io/v1": "external-secrets",
  "gateway.networking.k8s.io/v1": "gateway-api",
  "keda.sh/v1alpha1": "keda",
  "monitoring.coreos.com/v1": "prometheus-operator",
};

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { resources = [], expressions = [] } = JSON.parse(text);
const wrong = [];

for (const resource of resources) {
  const name = `${resource.kind} ${resource.metadata?.name}`;
  const maker = KINDS[resource.apiVersion];
  if (!maker) {
    wrong.push(`${name}: no schema of ${resource.apiVersion}`);
    continue;
  }
  const models = await import(`@kubernetes-models/${maker}/${resource.apiVersion}/index`);
  try {
    new models[resource.kind](resource).validate();
  } catch (error) {
    wrong.push(`${name}: ${error.message}`);
  }
}

for (const expression of expressions) {
  parser.parse(expression).iterate({
    enter: (node) => {
      if (node.type.isError) wrong.push(`no PromQL at ${node.from}: ${expression}`);
    },
  });
}

console.log(JSON.stringify(wrong));
