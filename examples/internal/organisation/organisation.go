// Package organisation is an invented organisation, so that the programs have something to
// show on an emulator.
package organisation

import (
	"encoding/json"

	"github.com/klarity-go/klarity/api/apitest"
)

// The people who own something.
const (
	mira   = "5f0c4a1e-2a63-4a4e-9f0e-3b1f6f1d0a01"
	jonas  = "5f0c4a1e-2a63-4a4e-9f0e-3b1f6f1d0a02"
	adaeze = "5f0c4a1e-2a63-4a4e-9f0e-3b1f6f1d0a03"
)

// The accounts that rules name.
const (
	shopLive    = "9d2b7c30-6c1f-4f0b-8a57-0f6f0c2b1b01"
	shopTest    = "9d2b7c30-6c1f-4f0b-8a57-0f6f0c2b1b02"
	warehouse   = "9d2b7c30-6c1f-4f0b-8a57-0f6f0c2b1b03"
	officeCloud = "9d2b7c30-6c1f-4f0b-8a57-0f6f0c2b1b04"
	mainframe   = "9d2b7c30-6c1f-4f0b-8a57-0f6f0c2b1b05"
	playground  = "9d2b7c30-6c1f-4f0b-8a57-0f6f0c2b1b06"
)

// Landscape returns what Klarity's GraphQL API would know of the organisation: a maker of
// garden furniture with a web shop. Each call returns a new copy of the same. Klarity's values
// of an account's status and of the types of charge are not public, so those are invented, too.
func Landscape() apitest.Landscape {
	return apitest.Landscape{
		People: []apitest.Person{
			{ID: mira, Name: "Mira Aalto", Email: "mira.aalto@garden.example"},
			{ID: jonas, Name: "Jonas Weber", Email: "jonas.weber@garden.example"},
			{ID: adaeze, Name: "Adaeze Obi", Email: "adaeze.obi@garden.example"},
		},
		Accounts:     accounts(),
		Applications: applications(),
		TagKeys:      apitest.TagKeys{Application: []string{"application", "app"}, Environment: []string{"environment", "stage"}},
	}
}

func accounts() []apitest.Account {
	return []apitest.Account{
		{
			NID: shopLive, Provider: "AWS", ProviderID: "111122223333", Name: "shop-live", DisplayName: "Web shop, live",
			Description: "serves the customers", Metadata: json.RawMessage(`{"region":"eu-north-1"}`),
			Status: "ACTIVE", ProviderType: "CLOUD", Costs: costs("4210.37", "-96.00", "842.07"),
			ContactIDs: []string{jonas}, OwnerID: mira,
		},
		{
			NID: shopTest, Provider: "AWS", ProviderID: "444455556666", Name: "shop-test", DisplayName: "Web shop, test",
			Status: "ACTIVE", ProviderType: "CLOUD", Costs: costs("388.10", "", "77.62"), OwnerID: mira,
		},
		{
			NID: warehouse, Provider: "GCP", ProviderID: "garden-warehouse", Name: "garden-warehouse", DisplayName: "Data warehouse",
			Description: "sales, stock and the weather", Status: "ACTIVE", ProviderType: "CLOUD",
			Costs: costs("1275.5", "", "255.1"), ContactIDs: []string{adaeze, mira}, OwnerID: adaeze,
		},
		{
			NID: officeCloud, Provider: "AZURE", ProviderID: "7c0e0f5a-9f0d-4f62-8f5b-6f2a5c1f7e10", Name: "office", DisplayName: "Office",
			Status: "ACTIVE", ProviderType: "CLOUD", Costs: costs("642.80", "-12.40", "126.08"), OwnerID: jonas,
		},
		{
			NID: mainframe, Provider: "IBMCLOUD", ProviderID: "0a1b2c3d4e5f60718293a4b5c6d7e8f9", Name: "orders-archive", DisplayName: "Archive of orders",
			Status: "ACTIVE", ProviderType: "CLOUD", Costs: costs("91", "", "18.2"), OwnerID: jonas,
		},
		{
			// Nobody's: new, and without costs yet.
			NID: playground, Provider: "GCP", ProviderID: "garden-playground", Name: "garden-playground", ProviderType: "CLOUD",
		},
	}
}

// costs are those of one account by type of charge; "" leaves a type out.
func costs(usage, credit, tax string) (all []apitest.ChargeTypeCost) {
	for _, c := range []apitest.ChargeTypeCost{{ChargeType: "Usage", Cost: usage}, {ChargeType: "Credit", Cost: credit}, {ChargeType: "Tax", Cost: tax}} {
		if c.Cost != "" {
			all = append(all, c)
		}
	}
	return all
}

func applications() []apitest.Application {
	return []apitest.Application{
		{
			NID: "c4e1d6f2-0b7a-4a59-b1b4-1d9c8e5a0c01", Name: "webshop", DisplayName: "Web shop",
			Description: "where the customers buy", OwnerID: mira, CurrentMonth: "5422.16",
			Environments: []apitest.Environment{
				environment("e8a9b0c1-3d2f-4e57-9c6a-7b4d2f1e0d01", "production", "Production", "PRODUCTION", mira, shopLive),
				environment("e8a9b0c1-3d2f-4e57-9c6a-7b4d2f1e0d02", "staging", "Staging", "STAGING", mira, shopTest),
				environment("e8a9b0c1-3d2f-4e57-9c6a-7b4d2f1e0d03", "development", "Development", "DEVELOPMENT", jonas),
			},
		},
		{
			NID: "c4e1d6f2-0b7a-4a59-b1b4-1d9c8e5a0c02", Name: "warehouse", DisplayName: "Data warehouse",
			OwnerID: adaeze, CurrentMonth: "1530.6",
			Environments: []apitest.Environment{
				environment("e8a9b0c1-3d2f-4e57-9c6a-7b4d2f1e0d04", "production", "Production", "PRODUCTION", adaeze, warehouse),
				environment("e8a9b0c1-3d2f-4e57-9c6a-7b4d2f1e0d05", "development", "Development", "DEVELOPMENT", adaeze),
			},
		},
		{
			NID: "c4e1d6f2-0b7a-4a59-b1b4-1d9c8e5a0c03", Name: "office", DisplayName: "Office",
			Description: "mail, files and the intranet", OwnerID: jonas, CurrentMonth: "756.48",
			Environments: []apitest.Environment{
				environment("e8a9b0c1-3d2f-4e57-9c6a-7b4d2f1e0d06", "production", "Production", "PRODUCTION", jonas, officeCloud),
				environment("e8a9b0c1-3d2f-4e57-9c6a-7b4d2f1e0d07", "training", "Training", "OTHER", jonas),
			},
		},
		{
			NID: "c4e1d6f2-0b7a-4a59-b1b4-1d9c8e5a0c04", Name: "archive", DisplayName: "Archive of orders",
			OwnerID: jonas, CurrentMonth: "109.2",
			Environments: []apitest.Environment{
				environment("e8a9b0c1-3d2f-4e57-9c6a-7b4d2f1e0d08", "production", "Production", "PRODUCTION", jonas, mainframe),
				environment("e8a9b0c1-3d2f-4e57-9c6a-7b4d2f1e0d09", "staging", "Staging", "STAGING", jonas),
			},
		},
	}
}

// environment has a rule for an account, if there is one.
func environment(nid, name, displayName, typ, owner string, account ...string) apitest.Environment {
	e := apitest.Environment{NID: nid, Name: name, DisplayName: displayName, Type: typ, OwnerID: owner}
	if len(account) > 0 {
		e.Rules = []apitest.DiscoveryRule{{Name: "all of the account", CloudAccounts: account}}
	}
	return e
}
