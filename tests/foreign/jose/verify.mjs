// A verifier that knows nothing of the registry: reads {jwks, issuer, typ, tokens[]} and says of each whether it holds.
import { createLocalJWKSet, jwtVerify } from "jose";

let input = "";
for await (const chunk of process.stdin) input += chunk;
const { jwks, issuer, typ, tokens } = JSON.parse(input);
const keys = createLocalJWKSet(jwks);
const answers = [];
for (const token of tokens) {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, typ, algorithms: ["ES256"] });
    answers.push({ holds: true, id: payload.id, type: payload.type });
  } catch (refusal) {
    answers.push({ holds: false, code: refusal.code ?? String(refusal) });
  }
}
console.log(JSON.stringify(answers));
