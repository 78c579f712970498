/** Owners of pods in every cluster that have no business with AWS, or have it as the node (the VPC CNI). */
export const callsNoService =
  /^(kube-proxy|aws-node|coredns|metrics-server|eks-pod-identity-agent|eks-node-monitoring-agent)$/;
