package risk

import "github.com/sallyport/sallyport"

// The signals. Each has a file of its name.
const (
	NewCountry      sallyport.Signal = "new_country"
	Travel          sallyport.Signal = "impossible_travel"
	MFAFailures     sallyport.Signal = "mfa_failures"
	CredentialReuse sallyport.Signal = "credential_reuse"
	FingerprintJump sallyport.Signal = "fingerprint_jump"
	ManyAccounts    sallyport.Signal = "many_accounts"
	LongSilence     sallyport.Signal = "long_silence"
)

// Row describes one signal.
type Row struct {
	Signal sallyport.Signal
	Means  string
	Weight int      // the most it can count, 1 to 100
	Uses   []string // the facts it reads
	Source string

	judge func(Facts) (weight int, args map[string]string) // weight 0 for no finding
	proof bool                                             // cannot be made quiet
}

// Signals is THE table. With these weights a single doubt is only mailed to the owner, and
// two independent ones reach Compromised.
var Signals = []Row{
	{CredentialReuse, "A credential of the device that had been replaced was used again: there are two copies of it.",
		credentialReuseWeight, []string{"CredentialReused"}, "RFC 9700 section 4.14.2, refresh token replay", credentialReuse, true},
	{Travel, "Farther from an earlier sign-in than anybody can have travelled since. Half as heavy on a device known for two weeks.",
		travelWeight, []string{"Now", "Location", "Visits", "DeviceID", "DeviceSince"}, "ASVS 5.0 6.3.5, unusual location", travel, false},
	{FingerprintJump, "The same credential on what looks like another machine: several parts of the fingerprint changed at once.",
		fingerprintWeight, []string{"Fingerprint", "Before"}, "ASVS 5.0 6.3.5, unusual client", fingerprintJump, false},
	{MFAFailures, "Three or more wrong second factors on the device in 24 hours before the right one. Five weigh twice as much.",
		manyFailuresWeight, []string{"FactorFailures"}, "ASVS 5.0 6.3.5, success after several failures", mfaFailures, false},
	{NewCountry, "No sign-in from the country in the history, which has at least three. Half as heavy on a device known for two weeks.",
		newCountryWeight, []string{"Location", "Visits", "DeviceID", "DeviceSince"}, "ASVS 5.0 6.3.5, unusual location", newCountry, false},
	{ManyAccounts, "Four or more other accounts signed in from the same browser in 24 hours.",
		manyAccountsWeight, []string{"OtherAccounts"}, "OWASP Credential Stuffing Prevention Cheat Sheet", manyAccounts, false},
	{LongSilence, "A device not known for two weeks, and no sign-in for more than 180 days.",
		longSilenceWeight, []string{"Now", "Visits", "DeviceID", "DeviceSince"}, "ASVS 5.0 6.3.5, success after long inactivity", longSilence, false},
}
