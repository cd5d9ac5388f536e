package risk

import "strconv"

const (
	manyAccountsWeight = 30

	// leastAccounts is how many other accounts a browser must have seen in 24 hours: more
	// than a family on one tablet. A reception desk has more, and says so once.
	leastAccounts = 4
)

// manyAccounts finds a browser in which account after account is opened: what a
// list of stolen passwords looks like from here.
func manyAccounts(f Facts) (int, map[string]string) {
	if f.OtherAccounts < leastAccounts {
		return 0, nil
	}
	return manyAccountsWeight, map[string]string{"count": strconv.Itoa(f.OtherAccounts)}
}
