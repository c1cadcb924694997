import { IsHttpUrl, ServiceConfig, Setting } from '@countersign/service';
import { IsString } from 'class-validator';

export class PushNotifierConfig extends ServiceConfig {
  @Setting('FCM_URL', 'base address of Firebase Cloud Messaging')
  @IsHttpUrl()
  readonly fcmUrl: string = 'https://fcm.googleapis.com';

  @Setting(
    'FCM_SERVICE_ACCOUNT_FILE',
    'key of the service account that may send pushes, as JSON from the Firebase console; read again when it changes',
  )
  @IsString()
  readonly serviceAccountFile!: string;
}
