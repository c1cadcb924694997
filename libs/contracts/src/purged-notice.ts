/** Body of a message on an instance's `.purged`: for who keeps a copy of its state. */
export interface PurgedNotice {
  /** Stream sequence of the last step that is gone; what is newer belongs to another instance of this id. */
  readonly step: number;
}
