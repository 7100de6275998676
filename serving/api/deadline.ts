export { withDeadline } from '../../infra/resilience/deadline.ts';
