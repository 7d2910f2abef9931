/** What the platform says of the queue. */
export const queueEnvironment = {
  QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/work',
};
