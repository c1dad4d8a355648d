// The session of this browser, in localStorage: tabs share it.

const ACCESS = "nexus_access_token";
const REFRESH = "nexus_refresh_token";
const USER = "nexus_user";

export const accessToken = () => localStorage.getItem(ACCESS);
export const refreshToken = () => localStorage.getItem(REFRESH);
export const isSignedIn = () => accessToken() !== null;

export function storedUser() {
  try {
    return JSON.parse(localStorage.getItem(USER)) ?? {};
  } catch {
    return {};
  }
}

export function open({ accessToken: access, refreshToken: refresh, user }) {
  localStorage.setItem(ACCESS, access);
  localStorage.setItem(REFRESH, refresh);
  localStorage.setItem(USER, JSON.stringify(user));
}

export const renew = (access) => localStorage.setItem(ACCESS, access);
export const rememberUser = (user) => localStorage.setItem(USER, JSON.stringify(user));

export function clear() {
  for (const key of [ACCESS, REFRESH, USER]) localStorage.removeItem(key);
}
