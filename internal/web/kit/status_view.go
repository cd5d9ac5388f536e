package kit

import "github.com/sallyport/sallyport"

// Pill is a status in a word and an icon.
type Pill struct{ Tone, Icon, Text string }

// StatusPills is the table of statuses: how each looks.
var StatusPills = map[string]Pill{
	"enabled":     {Tone: "good", Icon: "circle-check"},
	"invited":     {Tone: "info", Icon: "mail"},
	"disabled":    {Tone: "plain", Icon: "ban"},
	"closed":      {Tone: "bad", Icon: "lock"},
	"pending":     {Tone: "warn", Icon: "hourglass"},
	"active":      {Tone: "good", Icon: "circle-check"},
	"suspended":   {Tone: "warn", Icon: "player-pause"},
	"revoked":     {Tone: "bad", Icon: "ban"},
	"terminated":  {Tone: "plain", Icon: "logout"},
	"expired":     {Tone: "plain", Icon: "clock"},
	"locked":      {Tone: "bad", Icon: "lock"},
	"service":     {Tone: "info", Icon: "robot"},
	"compromised": {Tone: "bad", Icon: "alert-triangle"},
}

// StatusPill is a status of the table in words.
func (s Speaker) StatusPill(status string) Pill {
	p := StatusPills[status]
	p.Text = s.T("status." + status)
	return p
}

// strengthPills is the table of strengths of second factors: how each looks.
var strengthPills = map[sallyport.Strength]Pill{
	sallyport.NoFactor:     {Tone: "warn", Icon: "alert-triangle"},
	sallyport.WeakFactor:   {Tone: "info", Icon: "shield-half"},
	sallyport.StrongFactor: {Tone: "good", Icon: "shield-check"},
}

// StrengthPill says how good the best second factor of somebody is; nothing where the reader may
// not know.
func (s Speaker) StrengthPill(of sallyport.Strength) Pill {
	p, known := strengthPills[of]
	if !known {
		return p
	}
	p.Text = s.T("strength." + string(of))
	return p
}
