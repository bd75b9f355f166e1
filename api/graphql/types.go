package graphql

import "github.com/klarity-go/klarity/api/graphql/operations"

// What the operations return. All fields may be empty: whether the API leaves any of them out, or
// sends null, is not public.
type (
	// Account is an account as [Client.Accounts] lists it.
	Account = operations.Account
	// ChargeTypeCost is what an account costs by one type of charge. The cost is a number, exact
	// as it was sent, and "" when there is none. Should the API send a text that is no number,
	// it is that text.
	ChargeTypeCost = operations.ChargeTypeCost
	// AccountDetails is an account as [Client.Account] returns it.
	AccountDetails = operations.AccountDetails
	// Application is an application with its environments, as [Client.Applications] lists it.
	Application = operations.Application
	// Environment is an environment of an application.
	Environment = operations.Environment
	// ApplicationCost is an application with its costs, as [Client.ApplicationCosts] lists it.
	ApplicationCost = operations.ApplicationCost
	// ApplicationDetails is an application as [Client.Application] returns it.
	ApplicationDetails = operations.ApplicationDetails
	// Owner is the owner of an account or application: the ID of a [Person].
	Owner = operations.Owner
	// Person is a contact or an owner.
	Person = operations.Person
	// TagKeys are the keys of tags that resources are mapped to applications and environments by.
	TagKeys = operations.TagKeys
)

// EnvironmentType says what an environment is for.
type EnvironmentType = operations.EnvironmentType

// The types of environments: those that Klarity's documentation names.
const (
	EnvironmentProduction  = operations.EnvironmentTypeProduction
	EnvironmentStaging     = operations.EnvironmentTypeStaging
	EnvironmentDevelopment = operations.EnvironmentTypeDevelopment
	EnvironmentOther       = operations.EnvironmentTypeOther
)

// Provider is a cloud provider.
type Provider = operations.Provider

// The providers that public sources name. Klarity's pages offer VMware, Kubernetes and
// OpenShift as well; what these are called here is not public.
const (
	ProviderAWS      = operations.ProviderAws
	ProviderGCP      = operations.ProviderGcp
	ProviderAzure    = operations.ProviderAzure
	ProviderIBMCloud = operations.ProviderIbmcloud
)
