package sallyport

// Fingerprint is what a browser says of the machine it runs on. It is evidence
// and never a credential: alone it grants nothing.
type Fingerprint struct {
	UserAgent           string  `json:"userAgent,omitempty"`
	ScreenResolution    string  `json:"screenResolution,omitempty"` // "2560x1440"
	Timezone            string  `json:"timezone,omitempty"`         // IANA name
	Language            string  `json:"language,omitempty"`         // BCP 47 tag
	Platform            string  `json:"platform,omitempty"`
	HardwareConcurrency int     `json:"hardwareConcurrency,omitempty"` // logical processors
	DeviceMemory        float64 `json:"deviceMemory,omitempty"`        // GiB, as browsers round it
	TouchSupport        bool    `json:"touchSupport,omitempty"`
}

// Given reports whether the client sent a fingerprint at all.
func (f Fingerprint) Given() bool { return f != Fingerprint{} }
