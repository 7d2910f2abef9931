/** What the platform says of the queue. */
export const queueEnvironment = {
  QUEUE_NAMESPACE: 'shop.servicebus.windows.net',
  QUEUE_NAME: 'work',
};
