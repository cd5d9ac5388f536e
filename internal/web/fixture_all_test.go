package web

import "slices"

func entryFixtures() []fixture {
	return slices.Concat(cardFixtures(), linkFixtures(), factorFixtures(), stepUpFixtures(), enrolFixtures(), deviceStepFixtures())
}

func profileFixtures() []fixture {
	return slices.Concat(appFixtures(), twoFactorFixtures(), deviceFixtures())
}

func fixtures() []fixture { return slices.Concat(entryFixtures(), profileFixtures(), kitFixtures()) }
