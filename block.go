package sallyport

import (
	"net/netip"
	"time"
)

// NetworkBlock keeps out, until it ends, whoever has no session yet and comes from a network.
type NetworkBlock struct {
	ID        string
	TenantID  string
	Network   netip.Prefix // without host bits; IPv4 as IPv4
	Reason    string       // in the words of who blocked it
	CreatedBy string       // id of the admin; "operator" for the command line
	CreatedAt time.Time
	ExpiresAt time.Time
}
