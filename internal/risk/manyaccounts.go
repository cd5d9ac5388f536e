package risk

import "strconv"

const (
	manyAccountsWeight = 30

	// leastAccounts is how many other accounts a browser must have signed in to within 24
	// hours: more than a family has. A reception desk may have more; its users confirm once.
	leastAccounts = 4
)

// manyAccounts finds a browser that signs in to many accounts, as with a list of stolen
// passwords (credential stuffing).
func manyAccounts(f Facts) (int, map[string]string) {
	if f.OtherAccounts < leastAccounts {
		return 0, nil
	}
	return manyAccountsWeight, map[string]string{"count": strconv.Itoa(f.OtherAccounts)}
}
