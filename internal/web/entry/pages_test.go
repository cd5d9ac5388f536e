package entry

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func room() kittest.Room {
	return kittest.Room{Name: "entry", Fixtures: slices.Concat(
		cardFixtures(), providerFixtures(), linkFixtures(), factorFixtures(), stepUpFixtures(), enrolFixtures(), deviceStepFixtures(), helpFixtures(), brandFixtures())}
}

func TestPages(t *testing.T) { room().Test(t) }

func TestLook(t *testing.T) { room().Look(t) }

func TestGuide(t *testing.T) { room().Guide(t) }

func TestPreview(t *testing.T) { room().Preview(t) }
