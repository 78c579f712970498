/**
 * What is asked of EC2, in a module that is loaded only when it is: its client is larger than all others together, and a
 * bundler keeps of it only what is named here.
 */
export {
  DescribeLaunchTemplateVersionsCommand,
  DescribeVpcAttributeCommand,
  paginateDescribeNatGateways,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
} from '@aws-sdk/client-ec2';
