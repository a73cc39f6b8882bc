namespace Lnvps.Core.Identity;

// Row ids as the database gives them (int unsigned). Each kind is a type of its own, so that a VM's id cannot be passed where a user's is meant.

/// <summary>Id of a customer (table <c>users</c>).</summary>
public readonly record struct UserId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a customer's SSH key.</summary>
public readonly record struct SshKeyId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a customer's domain for Nostr names.</summary>
public readonly record struct NostrDomainId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a name at such a domain.</summary>
public readonly record struct NostrHandleId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a selling company.</summary>
public readonly record struct CompanyId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a sales region.</summary>
public readonly record struct RegionId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a hypervisor.</summary>
public readonly record struct HostId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a storage pool of a hypervisor.</summary>
public readonly record struct DiskId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of an operating system image.</summary>
public readonly record struct ImageId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of an IP range.</summary>
public readonly record struct RangeId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of an address assignment.</summary>
public readonly record struct AssignmentId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of an access policy.</summary>
public readonly record struct AccessPolicyId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a router.</summary>
public readonly record struct RouterId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a cost plan.</summary>
public readonly record struct CostPlanId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a standard template.</summary>
public readonly record struct TemplateId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a custom pricing.</summary>
public readonly record struct CustomPricingId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of the size of one custom VM.</summary>
public readonly record struct CustomTemplateId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a virtual machine. The hypervisor's name of it is <c>VM{id}</c>.</summary>
public readonly record struct VmId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a workflow: one piece of slow work and its record.</summary>
public readonly record struct WorkflowId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a subscription: a recurring service other than a VM.</summary>
public readonly record struct SubscriptionId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a priced line of a subscription.</summary>
public readonly record struct LineItemId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of an address block for sale.</summary>
public readonly record struct SpaceId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of the price of one size of piece of an address block.</summary>
public readonly record struct SpacePriceId(uint Value) { public override string ToString() => Value.ToString(); }

/// <summary>Id of a piece of an address block that a customer has or had.</summary>
public readonly record struct AllocationId(uint Value) { public override string ToString() => Value.ToString(); }
