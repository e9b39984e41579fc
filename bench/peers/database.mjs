// The database and the statements as the benchmark's command hands them over.
import pg from 'pg'

export const pool = new pg.Pool({
  host: process.env.PGHOST, user: process.env.PGUSER, database: process.env.PGDATABASE, max: 16
})

// statements are those of the hand-written handler, by name.
export const statements = JSON.parse(process.env.STATEMENTS)

// untilParentEnds ends the process when its input ends, as it does when the command ends, however it ends.
export function untilParentEnds () {
  process.stdin.on('end', () => process.exit(0)).resume()
}
