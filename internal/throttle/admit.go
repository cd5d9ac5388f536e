package throttle

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// Admit is asked before anything that somebody without a session begins or goes on with: a
// sign-in, a request for a new password, the use of a mailed link. CodeNetworkBlocked when an
// admin of the tenant blocked the network that the address is in. The answer is the same for
// every account, and for known devices: the admin's word is about the network.
func Admit(ctx context.Context, db store.Queries, tenantID, ip string, now time.Time) error {
	a, err := netip.ParseAddr(ip)
	if err != nil { // such as of the command line
		return nil
	}
	a = a.Unmap().WithZone("")
	_, err = db.BlockOf(ctx, tenantID, netip.PrefixFrom(a, a.BitLen()), now)
	switch {
	case errors.Is(err, sallyport.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return sallyport.Refuse(sallyport.CodeNetworkBlocked, "")
}
