// How numbers and dates read. Money arrives as a string and is only turned into a number to be shown.

let currency = "USD";
export const useCurrency = (code) => {
  currency = code || "USD";
};

export function money(amount, code = currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency: code }).format(Number(amount ?? 0));
}

export function date(moment) {
  if (!moment) return "—";
  return new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" }).format(new Date(moment));
}

export const today = () => new Date().toISOString().slice(0, 10);
