// The two demo agencies as plain facts. Prices are strings, as everywhere in the CRM.
"use strict";

const AURORA = {
  name: "Aurora Studio",
  package: "growth",
  owner: { email: "ada@aurora.test", password: "demo-ada-1", firstName: "Ada", lastName: "Lindgren", jobTitle: "Founder" },
  member: { email: "tom@aurora.test", password: "demo-tom-1", firstName: "Tom", lastName: "Okafor", jobTitle: "Designer" },
  profile: { companyName: "Aurora Studio", email: "hello@aurora.test", phone: "+46 8 555 010 20", website: "https://aurora.test", city: "Stockholm", country: "Sweden", industry: "Design", currency: "EUR", taxId: "SE556677889901", invoiceNotes: "Thank you for working with Aurora." },
  customers: [
    { name: "Nordlys Coffee", email: "order@nordlys.test", company: "Nordlys Coffee AB", city: "Uppsala", country: "Sweden", customerType: "customer", industry: "Hospitality" },
    { name: "Fjord & Field", email: "hei@fjordfield.test", company: "Fjord & Field AS", city: "Bergen", country: "Norway", customerType: "customer", industry: "Outdoor" },
    { name: "Maria Castellano", email: "maria@castellano.test", company: "Castellano Ceramics", city: "Seville", country: "Spain", customerType: "lead", industry: "Crafts" },
    { name: "Halden Museum", email: "press@halden.test", company: "Halden Museum", city: "Halden", country: "Norway", customerType: "lead", industry: "Culture" },
  ],
  products: [
    { name: "Brand identity", type: "service", unitPrice: "4800.00", taxRate: "25", category: "Design", description: "Logo, colours, type, guidelines" },
    { name: "Website design", type: "service", unitPrice: "7200.00", taxRate: "25", category: "Design" },
    { name: "Photo day", type: "service", unitPrice: "1150.00", taxRate: "25", category: "Photography" },
  ],
  deals: [
    { title: "Nordlys rebrand", value: "12000.00", stage: "proposal", probability: 60 },
    { title: "Fjord & Field web shop", value: "18500.00", stage: "negotiation", probability: 75 },
    { title: "Castellano look book", value: "3400.00", stage: "new", probability: 20 },
    { title: "Halden exhibition", value: "9800.00", stage: "won", probability: 100 },
  ],
  quotations: [["Rebrand, first phase", [["Brand identity", "1", "4800.00"], ["Photo day", "2", "1150.00"]]], ["Web shop design", [["Website design", "1", "7200.00"]]]],
  tasks: [
    { title: "Moodboard for Nordlys", status: "in_progress", priority: "high", checklists: ["Collect references", "Pick three directions", "Share with Ada"] },
    { title: "Photo day planning", status: "not_started", priority: "medium", checklists: ["Book the studio", "Models", "Shot list"] },
    { title: "Send contract to Halden", status: "completed", priority: "urgent", checklists: [] },
  ],
};

const BOREALIS = {
  name: "Borealis Media",
  package: "agency",
  owner: { email: "bo@borealis.test", password: "demo-bo-1", firstName: "Bo", lastName: "Nakamura", jobTitle: "Managing director" },
  member: { email: "bea@borealis.test", password: "demo-bea-1", firstName: "Bea", lastName: "Moreau", jobTitle: "Campaign manager" },
  profile: { companyName: "Borealis Media", email: "office@borealis.test", phone: "+1 907 555 0140", website: "https://borealis.test", city: "Anchorage", country: "United States", industry: "Marketing", currency: "USD", taxId: "92-5550140", invoiceNotes: "Payable within 30 days." },
  customers: [
    { name: "Denali Outfitters", email: "gear@denali.test", company: "Denali Outfitters Inc.", city: "Fairbanks", country: "United States", customerType: "customer", industry: "Retail" },
    { name: "Kodiak Air", email: "ops@kodiakair.test", company: "Kodiak Air LLC", city: "Kodiak", country: "United States", customerType: "customer", industry: "Travel" },
    { name: "Sitka Sound Festival", email: "music@sitka.test", company: "Sitka Sound", city: "Sitka", country: "United States", customerType: "lead", industry: "Events" },
  ],
  products: [
    { name: "Campaign setup", type: "service", unitPrice: "2500.00", taxRate: "0", category: "Media" },
    { name: "Monthly retainer", type: "service", unitPrice: "3900.00", taxRate: "0", category: "Media", description: "Planning, buying, reporting" },
    { name: "Video spot, 30 s", type: "product", unitPrice: "14500.00", taxRate: "0", category: "Production" },
  ],
  deals: [
    { title: "Denali winter campaign", value: "31000.00", stage: "negotiation", probability: 70 },
    { title: "Kodiak Air summer routes", value: "46000.00", stage: "proposal", probability: 45 },
    { title: "Sitka Sound 2027", value: "8000.00", stage: "lost", probability: 0 },
  ],
  quotations: [["Winter campaign", [["Campaign setup", "1", "2500.00"], ["Video spot, 30 s", "1", "14500.00"]]], ["Summer routes retainer", [["Monthly retainer", "6", "3900.00"]]]],
  tasks: [
    { title: "Media plan for Denali", status: "in_progress", priority: "urgent", checklists: ["Audience", "Budget split", "Calendar"] },
    { title: "Storyboard for Kodiak Air", status: "not_started", priority: "high", checklists: ["Script", "Frames"] },
  ],
};

module.exports = { AURORA, BOREALIS };
