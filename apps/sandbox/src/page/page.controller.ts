import { Controller, Get, Header, Sse, type MessageEvent } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { document } from './assets/document';
import { script } from './assets/script';
import { styles } from './assets/styles';
import { Snapshots } from './snapshot';

/** Nothing from outside, no inline script: whatever a text might smuggle in, the browser does not run it. */
const CONTENT_SECURITY_POLICY = "default-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

@Controller('sandbox')
export class PageController {
  constructor(private readonly snapshots: Snapshots) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', CONTENT_SECURITY_POLICY)
  page(): string {
    return document(this.snapshots.columns).text;
  }

  @Get('page.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'no-cache')
  styles(): string {
    return styles;
  }

  @Get('page.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'no-cache')
  script(): string {
    return script;
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return this.snapshots.stream().pipe(map((snapshot): MessageEvent => ({ data: snapshot })));
  }
}
