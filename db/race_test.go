//go:build race

package db_test

import (
	"time"

	"callbook/db"
)

func init() {
	isRace = true
	db.SetMaxLockTime(10 * time.Minute) // the race detector makes everything many times slower
}
