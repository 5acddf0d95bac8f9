import type { NextRequest } from 'next/server'
import NextAuth from 'next-auth'
import { nextAuthOptions } from '#auth/next-auth.ts'
import { runtime } from '#runtime.ts'

const answer = (
  request: NextRequest,
  context: { params: Promise<{ nextauth: string[] }> },
): Promise<Response> => NextAuth(request, context, nextAuthOptions(runtime()))

export { answer as GET, answer as POST }
