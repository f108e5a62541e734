/**
 * Proof of who may write for a job that one instance does for all: the number grows with every new
 * holder of the job's lease, so what an earlier holder still sends is recognised and refused.
 */
export interface Fence {
  readonly job: string;
  readonly number: number;
}
