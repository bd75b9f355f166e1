package wire

import "strings"

// CurrencyRule says what IsCurrency accepts.
const CurrencyRule = "must be a currency code of ISO 4217, three capital letters"

// IsCurrency reports whether s is an alphabetic code of ISO 4217 for a currency, a fund or
// a precious metal. It accepts codes that were withdrawn since 2015, because the costs of a
// past period may use them. It does not accept XTS (testing) and XXX (no currency), in which
// nothing has a price.
func IsCurrency(s string) bool {
	return currencies[s]
}

var currencies = func() map[string]bool {
	codes := map[string]bool{}
	for _, code := range strings.Fields(current + " " + funds + " " + withdrawn) {
		codes[code] = true
	}
	return codes
}()

const (
	// current are the codes of currencies in use, from list one of ISO 4217.
	current = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN " +
		"BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR " +
		"FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD " +
		"JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD " +
		"MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP " +
		"PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC " +
		"SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF " +
		"XCD XCG XOF XPF YER ZAR ZMW ZWG"

	// funds are the codes of funds, units of account and precious metals in that list.
	funds = "BOV CHE CHW CLF COU MXV USN UYI UYW XAD XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XUA"

	// withdrawn are codes that left the list since 2015.
	withdrawn = "ANG BGN BYR CUC HRK LTL MRO SLL STD VEF ZWL"
)
