import { loadConfig } from '@countersign/service';
import { IngestionConfig } from '../config';

const SETTINGS = {
  PUBLIC_URL: 'https://flows.example',
  SLACK_SIGNING_SECRET: 'the signing secret of the app',
  IDEMPOTENCY_SECRET: 'a secret of the server',
};

describe('settings of the webhook', () => {
  it.each([
    ['FLEXDEPLOY_WEBHOOK_SECRET', 'too short', /at least 16 characters/],
    ['FLEXDEPLOY_WEBHOOK_SECRET', 'a secret that is long enough,', /at least 16 characters/],
    ['FLEXDEPLOY_WEBHOOK_HEADER', 'x flexdeploy', /must be the name of a header/],
    ['FLEXDEPLOY_WEBHOOK_PATHS', '{"taskId": 5}', /is not valid \(taskId must be a path/],
    ['FLEXDEPLOY_WEBHOOK_PATHS', 'payload.id', /is not valid \(it is not a JSON object\)/],
  ])('stop the service at boot where %s is %j', (name, value, message) => {
    const load = () => loadConfig(IngestionConfig, { ...SETTINGS, [name]: value });
    expect(load).toThrow(new RegExp(`^  ${name} .*${message.source}`, 'm'));
    expect(load).not.toThrow('a secret that is long enough');
  });
});
