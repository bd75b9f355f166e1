// Package currency holds the codes that are accepted as the currency of a cost. The contract
// wants a code of ISO 4217 and has no list.
//
// It is a list and nothing else. Package wire and the emulator in apitest check with it, each
// with code of its own, so that the one still finds the mistakes of the other. A test in
// internal/faults, whose dependencies no user gets, holds the list against two maintained
// sources.
package currency

const (
	// Active are the codes of currencies in use.
	Active = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN " +
		"BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR " +
		"FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD " +
		"JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD " +
		"MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP " +
		"PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC " +
		"SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF " +
		"XCD XCG XOF XPF YER ZAR ZMW ZWG"

	// Units are the codes of funds, units of account and precious metals. An internal price may
	// be in one. XXX, which stands for no currency, and XTS, which is for tests, are not among
	// them: nothing has a price in these.
	Units = "BOV CHE CHW CLF COU MXV USN UYI UYW XAD XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XUA"

	// Withdrawn are codes that were in use on a day since 2015 and are no longer. The costs of
	// a day are in the currency of that day, whenever they are sent.
	Withdrawn = "ANG BGN BYR CUC HRK MRO SLL STD VEF ZWL"

	// Accepted are all of these.
	Accepted = Active + " " + Units + " " + Withdrawn
)
